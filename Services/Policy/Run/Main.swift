import PolicyService
import ServiceRuntime

@main struct Main {
    static func main() async { await ServiceMain.run(PolicyApp.self) }
}
