import Formats
import Settings
import Testing

struct NearestNameTests {
    @Test(arguments: [
        ("kernal", "kernel"), ("kernle", "kernel"), ("Kernel", "kernel"), ("kernels", "kernel"), ("strid", "stride"),
        ("stirde", "stride"), ("chanels", "channels"), ("b", "B"), ("temperature", nil), ("units", nil), ("", nil),
        (String(repeating: "kernel", count: 7), nil), ("ruße", "größe"),
    ])
    func `the name that was meant`(written: String, meant: String?) {
        #expect(nearestName(to: written, among: ["kernel", "stride", "channels", "B", "größe"]) == meant)
    }

    @Test func `of equally near names the first`() {
        #expect(nearestName(to: "mat", among: ["bat", "cat"]) == "bat")
        #expect(nearestName(to: "mat", among: []) == nil)
    }
}
