/// Exists so that the two protoc plugins of the dependencies are built; it does nothing by itself.
@main
struct ContractPlugins {
    static func main() {
        print("protoc-gen-swift and protoc-gen-grpc-swift-2 lie beside this executable")
    }
}
