"""Staff and users of enterprises: how they come, act, and are shut out."""

import time

from .workload import DIRECTORY, DOCUMENT_UNIT, ENTERPRISE, NOTIFICATION, Actor


class DirectoryActor(Actor):
    """Opens, changes and ends units and accounts; its people log in and are shut out."""

    def __init__(self, name, world, pause):
        super().__init__(name, world, pause)
        self.units = []
        self.accounts = []
        self.count = 0

    def step(self):
        chance = self.rng.random()
        if chance < 0.22:
            self._create_unit()
        elif chance < 0.42 and self.units:
            self._rename(self.rng.choice(self.units))
        elif chance < 0.5 and len(self.units) > 3:
            self._end(self.units.pop(self.rng.randrange(len(self.units))))
        elif chance < 0.62 and len(self.accounts) < 60:
            self._open_account()
        elif chance < 0.9 and self.accounts:
            self._change(self.rng.choice(self.accounts))
        elif chance < 0.905:
            self.command(DIRECTORY, "RotateSigningKey", "administrator")

    def _create_unit(self):
        self.count += 1
        unit = self.callers.message(
            "directory.v1.Unit", unit_id=f"{self.name}-{self.count}", name=f"单位 {self.count}", kind=3,
            parent_id=DOCUMENT_UNIT, region="370900", active={"start": {"year": 2020, "month": 1, "day": 1}},
        )  # fmt: skip
        answer = self.command(DIRECTORY, "CreateUnit", "administrator", unit=unit)
        if answer:
            self.units.append({"id": answer.unit.unit_id, "version": answer.unit.version, "day": 1})

    def _rename(self, unit):
        self.count += 1
        unit["day"] += 1
        if unit["day"] > 100:
            return
        month, day = divmod(unit["day"], 28)
        answer = self.command(
            DIRECTORY, "RenameUnit", "administrator", unit_id=unit["id"], version=unit["version"],
            name=f"单位新名 {self.count}", **{"from": {"year": 2020, "month": month + 1, "day": day + 1}},
        )  # fmt: skip
        if answer:
            unit["version"] = answer.unit.version

    def _end(self, unit):
        successor = self.rng.choice(self.units)
        self.command(
            DIRECTORY, "EndUnit", "administrator", unit_id=unit["id"], version=unit["version"],
            on={"year": 2020, "month": 4, "day": 20}, successor_ids=[successor["id"]],
        )  # fmt: skip

    def _open_account(self):
        self.count += 1
        login = f"{self.name}.post{self.count}"
        password = f"Ztc-{self.rng.getrandbits(80):020x}"
        answer = self.command(
            DIRECTORY, "CreateStaffAccount", "administrator", login=login, password=password,
            display_name=f"岗位 {self.count}", unit_id=DOCUMENT_UNIT, role_ids=["handler"],
        )  # fmt: skip
        # The first answer may be lost and is given only once; the account is there all the same.
        account = answer.account if answer else self._find(login)
        if account is not None:
            self.callers.enter(login, password)
            self.accounts.append({"id": account.account_id, "version": account.version, "active": True, "login": login})
            self.callers.people[login].is_staff_of_run = True

    def _find(self, login):
        page = ""
        while True:
            answer = self.query(
                DIRECTORY, "ListAccounts", "administrator", unit_id=DOCUMENT_UNIT, page_size=200, page_token=page
            )
            if answer is None:
                return None
            for account in answer.accounts:
                if account.login == login:
                    return account
            page = answer.next_page_token
            if not page:
                return None

    def _change(self, account):
        chance = self.rng.random()
        if chance < 0.5:
            roles = self.rng.sample(["handler", "reviewer", "unit-leader", "dispatcher"], self.rng.randrange(1, 4))
            answer = self.command(
                DIRECTORY, "SetAccountRoles", "administrator", account_id=account["id"], version=account["version"],
                role_ids=roles,
            )  # fmt: skip
            if answer:
                self.callers.people[account["login"]].change()
        elif chance < 0.85:
            answer = self.command(
                DIRECTORY, "SetAccountStatus", "administrator", account_id=account["id"], version=account["version"],
                status=3 if account["active"] else 2,
            )  # fmt: skip
            if answer:
                account["active"] = not account["active"]
                self.callers.people[account["login"]].shut_out()
        else:
            if account["active"]:
                self.callers.people[account["login"]].token(self.ways)
            return
        if answer:
            account["version"] = answer.account.version


class Registering(Actor):
    """Registers users of enterprises and proves their claims."""

    def __init__(self, name, world, pause, rows, most):
        super().__init__(name, world, pause)
        self.rows = rows
        self.users = []
        self.most = most

    def wants_user(self):
        """Whether somebody comes next: the first at once, the others now and then."""
        return self.rows and (not self.users or (len(self.users) < self.most and self.rng.random() < 0.05))

    def register(self):
        row = self.rows.pop()
        phone = f"139{self.rng.randrange(10**8):08}"
        password = f"Ztc-{self.rng.getrandbits(80):020x}"
        started = self.command(
            DIRECTORY, "StartRegistration", None, phone=phone, password=password, display_name="企业用户"
        )
        if started is None:
            return
        code = self._code(phone)
        if code is None or not self.command(
            DIRECTORY, "ConfirmRegistration", None, registration_id=started.registration_id, code=code
        ):
            return
        self.callers.enter(phone, password)
        claim = self.command(
            ENTERPRISE, "SubmitClaim", phone, credit_code=row["credit_code"], name=row["name"],
            representative=row["representative"],
        )  # fmt: skip
        if claim is None:
            return
        # The claim reaches the directory by an event; until then a login cannot act for the enterprise.
        person = self.callers.people[phone]
        end = time.monotonic() + 200
        while time.monotonic() < end:
            person.forget(person._token)
            answer = self.query(DIRECTORY, "WhoAmI", phone)
            if answer is not None and answer.enterprise_id == claim.enterprise_id:
                self.users.append({"login": phone, "enterprise": claim.enterprise_id})
                return
            time.sleep(1)
        self.callers.ledger.note("claim-without-effect", login=phone, claim=claim.claim_id)

    def _code(self, phone):
        """The one-time code, as it reached the phone."""
        end = time.monotonic() + 120
        while time.monotonic() < end:
            answer = self.query(NOTIFICATION, "ListCaughtMessages", "administrator", address=phone, page_size=1)
            if answer is not None and answer.messages:
                return "".join(letter for letter in answer.messages[0].text if letter.isascii() and letter.isdigit())
            time.sleep(0.5)
        self.callers.ledger.note("code-not-sent", phone=phone)
        return None


class CitizenActor(Registering):
    """Users of enterprises who choose tags and read the inbox."""

    def __init__(self, name, world, pause, rows):
        super().__init__(name, world, pause, rows, most=12)

    def step(self):
        if self.wants_user():
            self.register()
            return
        if not self.users:
            return
        user = self.rng.choice(self.users)
        if self.rng.random() < 0.5:
            self._choose(user)
        else:
            self._read(user)

    def _choose(self, user):
        tags = [{"dimension": 7, "code": code} for code in self.rng.sample(["finance", "energy", "talent"], 2)]
        self.command(ENTERPRISE, "ChooseTags", user["login"], enterprise_id=user["enterprise"], tags=tags)

    def _read(self, user):
        answer = self.query(NOTIFICATION, "ListInbox", user["login"], unread_only=True, page_size=20)
        if answer is not None and answer.messages:
            some = [message.message_id for message in answer.messages[: self.rng.randrange(1, 4)]]
            self.command(NOTIFICATION, "MarkRead", user["login"], message_ids=some)
