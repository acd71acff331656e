import ExplorerPage
import Hummingbird

/// The explorer's page and its files.
struct PageRoutes: Sendable {
    /// Asked for each time: the files of a folder may have changed.
    let page: @Sendable () throws -> ExplorerPage

    var all: [Route] {
        [
            Route(.get, "/") { request, _ in
                let page = try page()
                var response = file(page.index, request)
                response.headers[.contentSecurityPolicy] = policy(page)
                return response
            },
            Route(.get, "/assets/{name}") { request, parameters in
                guard let found = try page()[try parameters.require("name")] else {
                    throw APIError(.notFound, "the page has no such file")
                }
                return file(found, request)
            },
        ]
    }

    /// Compressed where the browser takes it: a quarter of the bytes.
    private func file(_ file: PageFile, _ request: Request) -> Response {
        let takesGzip = request.headers[values: .acceptEncoding].contains { $0.contains("gzip") }
        var response = cached(
            takesGzip ? file.compressed : file.bytes, file.mediaType, request, etag: file.etag)
        response.headers[.vary] = "Accept-Encoding"
        if takesGzip, response.status == .ok { response.headers[.contentEncoding] = "gzip" }
        return response
    }

    /// Nothing from elsewhere, and no script but the page's own.
    private func policy(_ page: ExplorerPage) -> String {
        "default-src 'none'; script-src 'self' \(page.importMapSource); style-src 'self'; img-src 'self' data: blob:; "
            + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    }
}
