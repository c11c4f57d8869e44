import CFuzzer

/// `fuzz TARGET [libFuzzer's options] [corpus …]`; without a target it names them.
@main
enum Main {
    static func main() {
        guard CommandLine.arguments.count > 1, let target = FuzzTarget(rawValue: CommandLine.arguments[1]) else {
            for target in FuzzTarget.allCases { print(target.rawValue) }
            return
        }
        // libFuzzer takes the name of the program and what follows the target.
        var arguments = CommandLine.unsafeArgv
        arguments[1] = arguments[0]
        arguments += 1
        exitWith(ztc_fuzz(CommandLine.argc - 1, arguments, target.function))
    }
}
