import Messaging
import ProjectDomain
import ServiceRuntime

/// What happens when the timers of the service fire (PRJ-5, PRJ-9, PRJ-10).
enum ProjectTimers {
    static func handlers(_ keeper: ProjectKeeper, _ desk: PreAssessmentDesk, outbox: Outbox) -> TimerHandlers {
        var handlers = TimerHandlers()
        handlers.on(ProjectKeeper.dailyLight) { firing in
            let id = try ProjectID(firing.timer.subject, field: "subject")
            let events = try keeper.refresh(id, firing: firing.timer, at: firing.now, in: firing.tx)
            try outbox.append(contentsOf: events, in: firing.tx)
        }
        handlers.on(ProjectKeeper.reportDue) { firing in
            let id = try ProjectID(firing.timer.subject, field: "subject")
            let events = try keeper.markMissing(id, firing: firing.timer, at: firing.now, in: firing.tx)
            try outbox.append(contentsOf: events, in: firing.tx)
        }
        handlers.on(PreAssessmentDesk.opinionsDue) { firing in
            let id = try PreAssessmentID(firing.timer.subject, field: "subject")
            let events = try desk.limitPassed(id, at: firing.now, in: firing.tx)
            try outbox.append(contentsOf: events, in: firing.tx)
        }
        return handlers
    }
}
