import Diagnostics
import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct MachineTests {
    private func group(_ files: [String: String]) throws -> ControlGroup {
        let scratch = Scratch()
        for (name, text) in files { try scratch.write(text, to: name) }
        return ControlGroup(root: scratch.path)
    }

    @Test func version2TakesTheLeastOfAGroupAndThoseAboveIt() throws {
        let group = try group([
            "proc/self/cgroup": "0::/a/b\n",
            "sys/fs/cgroup/a/b/memory.max": "max\n",
            "sys/fs/cgroup/a/memory.max": "3000000000\n",
            "sys/fs/cgroup/a/b/cpu.max": "150000 100000\n",
            "sys/fs/cgroup/a/cpu.max": "max 100000\n",
        ])
        #expect(group.memory == 3_000_000_000)
        #expect(group.cores == 1.5)
    }

    @Test func version1HasAHierarchyAController() throws {
        let group = try group([
            "proc/self/cgroup": "4:memory:/m\n1:cpu,cpuacct:/c\n0::/\n",
            "sys/fs/cgroup/memory/m/memory.limit_in_bytes": "1073741824\n",
            "sys/fs/cgroup/cpu/c/cpu.cfs_quota_us": "50000\n",
            "sys/fs/cgroup/cpu/c/cpu.cfs_period_us": "100000\n",
        ])
        #expect(group.memory == 1 << 30)
        #expect(group.cores == 0.5)
    }

    @Test func withoutLimitsThereAreNone() throws {
        let group = try group([
            "proc/self/cgroup": "4:memory:/\n1:cpu:/\n",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
            "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
            "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
        ])
        #expect(group.memory == nil && group.cores == nil)
        let nothing = try self.group([:])
        #expect(nothing.memory == nil && nothing.cores == nil)
    }

    @Test func thisMachineIsDescribed() throws {
        let scratch = Scratch()
        let report = try MachineReport(runs: scratch.path + "/not/there/yet")
        #expect(report.instructionSets.contains(report.instructionSet))
        #expect(report.cores >= report.usableCores && report.usableCores >= 1)
        #expect(try #require(report.memory) > 1 << 28)
        #expect(report.folder.tested == scratch.path)
        #expect(try #require(report.folder.free) > 0)
        #expect(report.folder.error == nil)
        #expect(scratch.files("") == [])
        #expect(report.zlib.split(separator: ".").count >= 2)
        #expect(report.libpng.hasPrefix("1.") && report.jpeg.hasPrefix("libjpeg"))
    }

    #if os(Linux)
        /// Nobody can create files there, root neither.
        @Test func aFolderThatCannotBeWrittenIsSaid() throws {
            let report = try MachineReport(runs: "/proc")
            #expect(report.folder.error?.operation == .create)
        }

        @Test func theProcessorsOwnListAgreesAboutItsMatrixExtension() throws {
            let flags = try String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)
            let isListed = flags.split { $0.isWhitespace }.contains("amx_tile")
            let found = try MachineReport(runs: ".").matrixExtension
            // A kernel that does not know it lists it neither.
            #expect(isListed ? found == .present || found == .permitted : found == .absent || found == .forbidden)
        }
    #endif
}
