import Foundation
import Formats
import Testing

@testable import Pictures

@Suite struct SettingsTests {
    @Test("Settings come back from JSON, a size as two numbers")
    func coding() throws {
        var settings = PictureSettings()
        settings.size = .init(height: 48, width: 64)
        settings.alpha = .white
        settings.dct = .fast
        let data = try JSONEncoder().encode(settings)
        #expect(String(decoding: data, as: UTF8.self).contains("\"size\":[48,64]"))
        #expect(try JSONDecoder().decode(PictureSettings.self, from: data) == settings)
        let longer = Data(String(decoding: data, as: UTF8.self).replacing("[48,64]", with: "[48,64,3]").utf8)
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(PictureSettings.self, from: longer) }
    }

    @Test("What is not given is as usual")
    func defaults() throws {
        #expect(try JSONDecoder().decode(PictureSettings.self, from: Data("{}".utf8)) == PictureSettings())
        let read = try JSONDecoder().decode(PictureSettings.self, from: Data(#"{"size":[4,5],"fit":"pad"}"#.utf8))
        #expect(read.size == .init(height: 4, width: 5) && read.fit == .pad && read.filter == .bilinear)
    }

    @Test("Settings that contradict each other are refused, each by name", arguments: contradicting)
    func contradictions(settings: PictureSettings, message: String) throws {
        let error = #expect(throws: PictureError.self) { try PicturePreparer(settings) }
        #expect("\(try #require(error))" == message)
    }

    private static let contradicting: [(PictureSettings, String)] = [
        (
            changed { $0.size = .init(height: 0, width: 5) },
            "size: expected a height and a width of 1 to 8192, found 0 and 5"
        ),
        (
            changed { $0.size = .init(height: 5, width: 8193) },
            "size: expected a height and a width of 1 to 8192, found 5 and 8193"
        ),
        (
            changed { ($0.alpha, $0.colour) = (.keep, .grey) }, "alpha: keep gives RGBA, which colour: grey is not"
        ),
        (
            changed { ($0.mode, $0.filter, $0.size) = (.keras, .lanczos, .init(height: 5, width: 5)) },
            "filter: expected nearest or bilinear where mode is keras, found lanczos"
        ),
        (
            changed { ($0.mode, $0.alpha) = (.keras, .white) },
            "alpha: expected drop or keep where mode is keras, found white"
        ),
        (changed { ($0.mode, $0.fill) = (.keras, 9) }, "fill: expected 0 where mode is keras, found 9"),
    ]

    private static func changed(_ change: (inout PictureSettings) -> Void) -> PictureSettings {
        var settings = PictureSettings()
        change(&settings)
        return settings
    }
}
