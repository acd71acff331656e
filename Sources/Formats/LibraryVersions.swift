import CImageCodecs
import CZlib

/// The libraries that this process has loaded.
package enum LibraryVersions {
    package static var libpng: String { String(cString: vae_png_version()) }
    package static var zlib: String { String(cString: zlibVersion()) }
}
