import CImageCodecs
import CZlib

/// The libraries that this process has loaded.
package enum LibraryVersions {
    package static var libpng: String { String(cString: vae_png_version()) }
    package static var zlib: String { String(cString: zlibVersion()) }
    /// What decides how pictures decode.
    package static var decoders: String { "libpng \(libpng), libjpeg \(vae_jpeg_version())" }
}
