internal import Testing
@Suite struct ProbeTests { @Test func probe() {} }
