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
                var response = cached(page.index.bytes, page.index.mediaType, request, etag: page.index.etag)
                response.headers[.contentSecurityPolicy] = policy(page)
                return response
            },
            Route(.get, "/assets/{name}") { request, parameters in
                guard let file = try page()[try parameters.require("name")] else {
                    throw APIError(.notFound, "the page has no such file")
                }
                return cached(file.bytes, file.mediaType, request, etag: file.etag)
            },
        ]
    }

    /// Nothing from elsewhere, and no script but the page's own.
    private func policy(_ page: ExplorerPage) -> String {
        "default-src 'none'; script-src 'self' \(page.importMapSource); style-src 'self'; img-src 'self' data: blob:; "
            + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    }
}
