"""The actors of a run together, with what they build on."""

import csv
import io
import threading
import time

from .assessments import AssessmentActor
from .cases import ApplicantActor
from .ledger import stream
from .people import CitizenActor, DirectoryActor
from .projects import ProjectActor
from .workload import DRAFTER, ENTERPRISE, POLICY, STEWARD, EnterpriseActor, NotificationActor, PolicyActor


class World:
    """What the actors share: the callers, what to build on, and the end."""

    def __init__(self, seed, callers, pace):
        self.seed = seed
        self.callers = callers
        self.stopping = threading.Event()
        rng = stream(seed, "world")
        document_points = callers.read(
            f"zhitongche.{POLICY}/ListPoints",
            callers.message("policy.v1.ListPointsRequest", page_size=50),
            rng,
            DRAFTER,
        ).points
        self.templates = [point.content for point in document_points]
        enterprises = self._enterprises(rng)
        rng.shuffle(enterprises)
        # Known to the conditions, and empty in the data that are loaded.
        self.lists = ["innovation-50", "little-giant", "above-designated-size", "joint-sanction"]
        half = len(enterprises) // 2
        rows = list(csv.DictReader(io.StringIO(callers.stage.ztc("generate", "--count", "40").stdout)))
        # Together they give between five and six commands per pace, however many they are.
        self.actors = [
            PolicyActor("policy-1", self, 1.6 * pace),
            PolicyActor("policy-2", self, 1.6 * pace),
            EnterpriseActor("enterprise-1", self, 1.6 * pace, enterprises[:half], self.lists[:2]),
            EnterpriseActor("enterprise-2", self, 1.6 * pace, enterprises[half:], self.lists[2:]),
            DirectoryActor("directory-1", self, 2.4 * pace),
            NotificationActor("notification-1", self, 6 * pace),
            CitizenActor("citizen-1", self, 2.4 * pace, rows[:16]),
            CitizenActor("citizen-2", self, 2.4 * pace, rows[16:32]),
            ApplicantActor("applicant-1", self, 2.4 * pace, rows[32:]),
            ProjectActor("project-1", self, 1.6 * pace),
            AssessmentActor("assessment-1", self, 2.4 * pace),
        ]

    def _enterprises(self, rng):
        found = []
        page = ""
        while True:
            answer = self.callers.read(
                f"zhitongche.{ENTERPRISE}/ListEnterprises",
                self.callers.message("enterprise.v1.ListEnterprisesRequest", page_size=200, page_token=page),
                rng,
                STEWARD,
            )
            found += [one.enterprise_id for one in answer.enterprises]
            page = answer.next_page_token
            if not page:
                return found

    def start(self):
        for actor in self.actors:
            actor.start()

    def stop(self, within=400):
        """Every command that was sent gets its answer before this returns."""
        self.stopping.set()
        end = time.monotonic() + within
        for actor in self.actors:
            actor.join(max(0.1, end - time.monotonic()))
        return [
            f"{actor.name}: {actor.failure or 'did not end'}"
            for actor in self.actors
            if actor.failure or actor.is_alive()
        ]
