import NotificationService
import ServiceRuntime

/// The notification service as a program.
@main
struct Main {
    static func main() async { await ServiceMain.run(NotificationApp.self) }
}
