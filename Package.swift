// swift-tools-version: 6.2
import PackageDescription

// `make dist` links the C libraries statically, so that the shipped binary needs nothing installed.
let linksStatically = Context.environment["VAE_STATIC"] == "1"

// The explorer's server is built on request: who imports the library, or builds `vae`, fetches no network package.
let buildsExplorer = Context.environment["VAE_EXPLORER"] == "1"

/// A system library's linker name: the archive itself for a static build.
func system(_ name: String, _ condition: BuildSettingCondition? = nil) -> LinkerSetting {
    .linkedLibrary(linksStatically ? ":lib\(name).a" : name, condition)
}

let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
]

// Tests are compiled as they are: to optimise them costs a minute of a cold build and tells nothing of the library. The
// flag is theirs alone, since a package with one in a product cannot be depended on by version.
let tested = strict + [.unsafeFlags(["-Onone"])]

/// One library module; every module is held to the same settings.
func module(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, resources: resources, swiftSettings: tested)
}

let package = Package(
    name: "swift-vae",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "VAE", targets: ["VAE"]),
        .library(name: "MNISTData", targets: ["MNISTData"]),
        .executable(name: "vae", targets: ["CommandLineTool"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
    ],
    targets: [
        // C: numeric blocks, questions to the machine, and shims over system libraries.
        .target(name: "CKernels"),
        .target(name: "CMachine"),
        .target(
            name: "CImageCodecs", linkerSettings: [system("png16"), system("jpeg"), system("z"), .linkedLibrary("m")]),
        .target(name: "CPictures"),
        .target(name: "CZlib", linkerSettings: [system("z")]),
        .target(name: "CYAML", linkerSettings: [system("yaml")]),
        .target(name: "CDigest", linkerSettings: [system("crypto", .when(platforms: [.linux]))]),

        // The library, in the order in which data flows: a target imports only what stands above it.
        module("Settings", []),
        module("Tensors", ["CKernels"]),
        module("Graphs", ["Settings", "Tensors"]),
        module("Ops", ["Settings", "Tensors", "Graphs"]),
        module("Models", ["Settings", "Tensors", "Graphs", "Ops"]),
        module("Formats", ["CImageCodecs", "CZlib", "CDigest", "Settings", "Tensors"]),
        module("YAMLText", ["CYAML", "Settings", "Formats"]),
        module("Diagnostics", ["CMachine", "Tensors", "Formats"]),
        module("Pictures", ["CPictures", "Tensors", "Formats"]),
        module("Datasets", ["Settings", "Tensors", "Formats", "Pictures"]),
        // A product of its own: an app that imports VAE does not carry 11 MB of CC BY-SA data.
        .target(name: "CMNISTData", exclude: ["data"]),
        module("MNISTData", ["CMNISTData", "Datasets", "Formats"]),
        module("Training", ["Tensors", "Graphs", "Ops", "Models", "Formats", "Datasets"]),
        // Weights and models in the words of other libraries.
        module("Interchange", ["Settings", "Tensors", "Graphs", "Ops", "Models", "Formats", "Training"]),
        // Models and trainings as people write them, and the ones that the program carries.
        .target(
            name: "Recipes",
            dependencies: [
                "Settings", "Tensors", "Graphs", "Ops", "Models", "Formats", "YAMLText", "Pictures", "Datasets",
                "Training",
            ],
            resources: ["tutorial", "keras-example", "mlp", "iwae", "conv", "resnet", "burgess"].map {
                .embedInCode("Presets/\($0).yaml")
            },
            swiftSettings: strict),
        module("Evaluation", ["Tensors", "Graphs", "Ops", "Models", "Datasets", "Training"]),
        module("Figures", ["Tensors", "Formats"]),
        module(
            "Runs",
            [
                "Settings", "Tensors", "Graphs", "Ops", "Models", "Formats", "Pictures", "Datasets", "Training",
                "Interchange", "Evaluation", "Figures",
            ]),
        module(
            "VAE",
            [
                "Tensors", "Graphs", "Ops", "Models", "Formats", "Diagnostics", "Pictures", "Datasets", "Training",
                "Evaluation", "Figures", "Recipes", "Runs",
            ]),
        // What an explorer asks of runs; no network.
        module(
            "Exploration",
            [
                "Tensors", "Graphs", "Ops", "Models", "Formats", "Pictures", "Datasets", "Training", "Evaluation",
                "Figures", "Runs", "VAE",
            ]),
        // The explorer's page by #embed; in Swift, with the writer of the page that needs no server.
        .target(name: "CExplorerPage", exclude: ["page"]),
        module(
            "ExplorerPage",
            ["CExplorerPage", "Datasets", "Exploration", "Formats", "Graphs", "Models", "Runs", "Tensors"]),
        // What `explore` and `serve` take: `vae` shows and judges it before vae-explore, which has the network code.
        .target(
            name: "ExplorerOptions",
            dependencies: [.product(name: "ArgumentParser", package: "swift-argument-parser")], swiftSettings: strict),
        .executableTarget(
            name: "CommandLineTool",
            // All that `import VAE` brings, by name: a build after a change deeper down compiles it anew only so.
            dependencies: [
                "VAE", "Diagnostics", "Evaluation", "Exploration", "ExplorerOptions", "ExplorerPage", "Figures",
                "Formats", "Interchange", "MNISTData", "Models", "Recipes", "Runs", "Training",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),

        .executableTarget(
            name: "train-and-sample", dependencies: ["VAE", "MNISTData"], path: "Examples/train-and-sample",
            swiftSettings: strict),

        // Fixed work for Tools/instruction-counts.sh.
        .executableTarget(
            name: "step-cost", dependencies: ["Tensors", "Graphs", "Ops", "Models"], path: "Benchmarks/StepCost",
            swiftSettings: strict),
        // What Tools/wasm.sh compiles for a page, as a program: the page's bytes are compared with its.
        .executableTarget(
            name: "page-session", dependencies: ["Tensors", "Graphs", "Ops", "Models"], path: "WebAssembly/Session",
            swiftSettings: strict),

        // What tests share: golden files, layer cases, a network on one lane, the built programs.
        .target(
            name: "TestSupport", dependencies: ["Tensors", "Graphs", "Ops", "Models", "Formats"],
            path: "Tests/TestSupport",
            swiftSettings: strict),
        tests("TensorsTests", ["CKernels", "Tensors", "TestSupport"]),
        tests("OpsTests", ["Settings", "Tensors", "Graphs", "Ops", "Models", "TestSupport"]),
        tests("ModelsTests", ["Tensors", "Graphs", "Ops", "Models", "TestSupport"]),
        .testTarget(
            name: "FormatsTests", dependencies: ["Formats", "Settings", "Tensors", "CZlib"], exclude: ["Goldens"],
            swiftSettings: tested),
        tests(
            "RecipesTests",
            [
                "Recipes", "Datasets", "Settings", "Formats", "Graphs", "Ops", "Models", "Tensors", "Training",
                "TestSupport",
            ]),
        tests("YAMLTextTests", ["YAMLText", "Settings", "Formats"]),
        tests("DiagnosticsTests", ["Diagnostics", "Tensors", "TestSupport"]),
        tests("DatasetsTests", ["Datasets", "Formats", "Tensors", "MNISTData"]),
        // Approved texts, and models that Keras and PyTorch saved, stand beside the tests, and are read from there.
        .testTarget(
            name: "InterchangeTests",
            dependencies: [
                "Interchange", "Datasets", "Evaluation", "Formats", "Graphs", "Models", "Ops", "Recipes", "Settings",
                "Tensors", "TestSupport", "Training", "YAMLText",
            ],
            exclude: ["Approved", "Goldens"], swiftSettings: tested),
        tests("FiguresTests", ["Figures", "Formats", "Tensors", "TestSupport"]),
        // Node.js, where there is one, runs the exported page's modules for them.
        .testTarget(
            name: "ExplorerPageTests",
            dependencies: [
                "ExplorerPage", "Datasets", "Exploration", "Figures", "Formats", "Graphs", "Ops", "Models", "MNISTData",
                "Runs",
                "Tensors",
                "TestSupport", "Training", "VAE",
            ],
            exclude: ["ask-page.mjs", "page-graph.mjs", "page-laws.mjs"], swiftSettings: tested),
        // The guide's code, compiled, and what the guide says of it.
        tests("DocumentationTests", ["VAE", "Recipes", "Settings", "Tensors", "MNISTData"]),
        tests("EvaluationTests", ["Evaluation", "Datasets", "Models", "Tensors"]),
        tests(
            "RunsTests",
            [
                "Runs", "Datasets", "Figures", "Formats", "Graphs", "Ops", "Models", "Settings", "Tensors",
                "TestSupport", "Training",
            ]),
        tests(
            "ExplorationTests",
            [
                "Exploration", "Datasets", "Formats", "Models", "Pictures", "Runs", "Tensors", "TestSupport",
                "Training",
            ]),
        // They run the built programs, which lie beside them.
        tests("CommandLineTests", ["Formats", "Tensors", "TestSupport"]),
        // What disks, signals and broken numbers do to a training.
        tests(
            "FaultTests",
            ["Datasets", "Formats", "Graphs", "Ops", "Models", "Runs", "Tensors", "TestSupport", "Training"]),
        // Golden arrays of Keras and PyTorch stand beside the tests, and are read from there.
        .testTarget(
            name: "ParityTests",
            dependencies: [
                "Tensors", "Graphs", "Ops", "Models", "Formats", "Datasets", "MNISTData", "Recipes", "TestSupport",
            ],
            exclude: ["Goldens"], swiftSettings: tested),
    ],
    swiftLanguageModes: [.v6]
)

if buildsExplorer {
    package.products.append(.executable(name: "vae-explore", targets: ["ExplorerTool"]))
    package.dependencies += [
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    ]
    package.targets += [
        .target(
            name: "Explorer",
            dependencies: [
                "Datasets", "Exploration", "ExplorerPage", "Formats", "Runs",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "ExplorerTool",
            dependencies: [
                "Datasets", "Diagnostics", "Exploration", "Explorer", "ExplorerOptions", "ExplorerPage", "Formats",
                "MNISTData", "Runs", "Tensors",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        tests(
            "ExplorerTests",
            [
                "Explorer", "Exploration", "ExplorerPage", "Datasets", "Formats", "Models", "Runs", "TestSupport",
                "Training", .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"), .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ]),
    ]
}
