import Exploration
import Formats
import Settings

/// The API's description (OpenAPI 3.1), as `GET /api/openapi.json` gives it.
enum OpenAPI {
    static let document: [UInt8] = JSONValue.object([
        .init("openapi", "3.1.0"),
        .init("info", ["title": "vae", "version": "1", "description": .string(description)]),
        .init("paths", .object(lookups + questions)),
        .init("components", OpenAPISchemas.components),
    ]).serialized(indented: true)

    private static let description =
        "Runs of variational autoencoders: what they are, and what their models answer. Images are flat arrays of "
        + "height x width x channels values from 0 to 1; up to \(Rows.pixelRange.upperBound) is taken, which a decoder may "
        + "paint itself. A name that is not described here is refused."

    // MARK: What is looked up

    private static let lookups: [JSONValue.Member] = [
        lookup("/api/runs", "All runs.", [json(OpenAPISchemas.object([("runs", .list(of: .run))]))], failures: []),
        lookup(
            "/api/runs/{id}", "One run: layers, settings, metrics, checkpoints.", [json(OpenAPISchemas.runDetail)],
            parameters: ["id"]),
        lookup(
            "/api/runs/{id}/codes", "Codes and losses of a set of images.",
            [
                json(OpenAPISchemas.codes),
                octets("A row an image: mean, log variance, label (-1: none), reconstruction_loss, kl_loss; float32."),
            ],
            parameters: ["id", "checkpoint", "split", "most"], failures: ["400", "404", "406", "409", "503"]),
        lookup(
            "/api/runs/{id}/images", "Images of a set on one sheet.",
            [
                binary(
                    "image/png",
                    "Row by row without gaps: a numbered part of the set, as many columns and rows as the run's sheet "
                        + "says, the last one shorter; or chosen images, about as many columns as rows.")
            ],
            parameters: ["id", "split", "sheet", "at"], failures: ["400", "404", "409", "503"]),
        lookup(
            "/api/runs/{id}/images/{split}/{index}", "One image.",
            [binary("image/png", "The image; Content-Disposition has its file's name, where there is one.")],
            parameters: ["id", "path-split", "index"], failures: ["400", "404", "409"]),
        lookup(
            "/api/events",
            "Server-sent events: first runs, how all runs stand; then run, epoch and checkpoint as they come, and "
                + "progress, where a training within an epoch stands. The header "
                + "Last-Event-ID brings those that were missed.",
            [text("text/event-stream")], parameters: ["after"], failures: ["503"]),
        lookup("/api/openapi.json", "This document.", [json(["type": "object"])], failures: []),
        lookup("/healthz", "Whether the server is there; needs no token.", [text("text/plain")], failures: []),
        lookup("/metrics", "What the server does, for Prometheus.", [text("text/plain")], failures: []),
    ]

    private static func lookup(
        _ path: String, _ summary: String, _ forms: [JSONValue.Member], parameters: [String] = [],
        failures: [String] = ["404"]
    ) -> JSONValue.Member {
        .init(
            path,
            [
                "get": [
                    "summary": .string(summary), "parameters": references(parameters),
                    "responses": responses(forms, failures),
                ]
            ])
    }

    // MARK: What models are asked

    private static let questions: [JSONValue.Member] = [
        question(
            .encode, "Codes of images.", takes: OpenAPISchemas.images, gives: OpenAPISchemas.gaussians, [.octets]),
        question(.decode, "Images of codes.", takes: OpenAPISchemas.z, gives: OpenAPISchemas.pictures),
        question(
            .reconstruct, "Images through encoder and decoder; z is the mean where no seed is given.",
            takes: OpenAPISchemas.reconstruct, gives: OpenAPISchemas.pictures),
        question(
            .prepare, "Images as the model sees them, for pictures of any size.", takes: OpenAPISchemas.images,
            gives: OpenAPISchemas.given),
        question(
            .sample, "Images of codes drawn from the prior.", takes: OpenAPISchemas.sample,
            gives: OpenAPISchemas.pictures),
        question(
            .interpolate, "Images on the way from one code to another, and which way it was.",
            takes: OpenAPISchemas.interpolate, gives: OpenAPISchemas.way),
        question(
            .score, "Losses of images, and the share of test images with a lower loss, 0 to 100.",
            takes: OpenAPISchemas.images, gives: OpenAPISchemas.score, [.octets]),
        question(
            .neighbors, "The images whose codes lie nearest.", takes: OpenAPISchemas.neighbors,
            gives: OpenAPISchemas.foundNeighbors, []),
        question(
            .activations, "Every layer's output for one image or one code.", takes: OpenAPISchemas.activations,
            gives: OpenAPISchemas.foundActivations),
        question(
            .grid, "Images of a lattice of codes, row by row, the highest y first.", takes: OpenAPISchemas.grid,
            gives: OpenAPISchemas.pictures),
    ]

    /// Forms beside JSON.
    private enum Form {
        case octets, png
    }

    private static func question(
        _ question: Question, _ summary: String, takes: JSONValue, gives: JSONValue, _ forms: [Form] = [.octets, .png]
    ) -> JSONValue.Member {
        var bodies = [json(takes)]
        if question.takesOctets { bodies.append(octets("The one array, little-endian float32.")) }
        if question.takesPicture {
            bodies += MediaTypes.pictures.map {
                binary($0, "One picture of any size, which becomes an image as the run's own pictures did.")
            }
        }
        var answers = [json(gives)]
        if forms.contains(.octets) { answers.append(octets("The main arrays, little-endian float32.")) }
        if forms.contains(.png) { answers.append(binary("image/png", "A contact sheet; one image alone is itself.")) }
        return .init(
            "/api/\(question.rawValue)",
            [
                "post": [
                    "summary": .string(summary), "parameters": references(["run", "checkpoint"]),
                    "requestBody": ["required": true, "content": .object(bodies)],
                    "responses": responses(answers, ["400", "404", "406", "409", "413", "415", "503"]),
                ]
            ])
    }

    // MARK: Parts

    private static func json(_ schema: JSONValue) -> JSONValue.Member { .init("application/json", ["schema": schema]) }
    private static func text(_ type: String) -> JSONValue.Member { .init(type, ["schema": ["type": "string"]]) }
    private static func octets(_ words: String) -> JSONValue.Member { binary("application/octet-stream", words) }

    private static func binary(_ type: String, _ words: String) -> JSONValue.Member {
        .init(type, ["schema": ["type": "string", "format": "binary", "description": .string(words)]])
    }

    private static func references(_ names: [String]) -> JSONValue {
        .array(names.map { ["$ref": .string("#/components/parameters/\($0)")] })
    }

    private static func responses(_ forms: [JSONValue.Member], _ failures: [String]) -> JSONValue {
        let failure: JSONValue = ["$ref": "#/components/responses/error"]
        return .object(
            [.init("200", ["description": "The answer.", "content": .object(forms)])]
                + failures.map { .init($0, failure) })
    }
}
