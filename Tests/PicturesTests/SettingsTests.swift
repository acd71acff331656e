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

    private static let contradictory: [(@Sendable (inout PictureSettings) -> Void, String)] = [
        (
            { $0.size = .init(height: 0, width: 5) },
            "size: expected a height and a width of 1 to 8192, found 0 and 5"
        ),
        (
            { $0.size = .init(height: 5, width: 8193) },
            "size: expected a height and a width of 1 to 8192, found 5 and 8193"
        ),
        (
            {
                $0.alpha = .keep
                $0.colour = .grey
            }, "alpha: keep gives RGBA, which colour: grey is not"
        ),
        (
            {
                $0.mode = .keras
                $0.size = .init(height: 5, width: 5)
                $0.filter = .lanczos
            }, "filter: expected nearest or bilinear where mode is keras, found lanczos"
        ),
        (
            {
                $0.mode = .keras
                $0.alpha = .white
            }, "alpha: expected drop or keep where mode is keras, found white"
        ),
        (
            {
                $0.mode = .keras
                $0.fill = 9
            }, "fill: expected 0 where mode is keras, found 9"
        ),
    ]

    @Test("Settings that contradict each other are refused, each by name", arguments: contradictory)
    func contradictions(change: @Sendable (inout PictureSettings) -> Void, message: String) throws {
        var settings = PictureSettings()
        change(&settings)
        let error = #expect(throws: PictureError.self) { try PicturePreparer(settings) }
        #expect("\(try #require(error))" == message)
    }
}
