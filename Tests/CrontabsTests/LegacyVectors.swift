// tidy: helper
import Testing

/// Lines and what python-crontab 3.4.0 under Python 3.11 makes of them: `docs/legacy-data.md` says how these were made.
struct LegacyVectors {
    struct Vector: Sendable, CustomTestStringConvertible {
        var line: String
        var row: [String]
        var hash: UInt64
        var testDescription: String { line }

        init(_ line: String, _ row: [String], _ hash: UInt64) {
            self.line = line
            self.row = row
            self.hash = hash
        }
    }

    static let all: [Vector] = [
        Vector(#"0 5 * * * root /usr/bin/backup"#, ["0", "5", "*", "*", "*", "root", "/usr/bin/backup"], 0x0ffe87381352280e),
        Vector(#"00 05 * * * root /usr/bin/backup"#, ["0", "5", "*", "*", "*", "root", "/usr/bin/backup"], 0x0ffe87381352280e),
        Vector(#"0 0 * * 7 root echo sunday"#, ["0", "0", "*", "*", "0", "root", "echo sunday"], 0x5ff3ab9c92799460),
        Vector(#"0 0 * * 0 root echo sunday"#, ["0", "0", "*", "*", "0", "root", "echo sunday"], 0x5ff3ab9c92799460),
        Vector(#"0 0 * * SUN root echo a"#, ["0", "0", "*", "*", "SUN", "root", "echo a"], 0xa966468832683682),
        Vector(#"0 0 * * sun root echo a"#, ["0", "0", "*", "*", "sun", "root", "echo a"], 0x4be9ec4266331a3a),
        Vector(#"0 0 * JAN Mon-Fri root echo names"#, ["0", "0", "*", "JAN", "Mon-Fri", "root", "echo names"], 0x30e6efc7d890bf68),
        Vector(#"0-59 0-23 1-31 1-12 0-6 root echo full"#, ["*", "*", "*", "*", "*", "root", "echo full"], 0xe7af309951d561f6),
        Vector(#"*/1 */1 */1 */1 */1 root echo one"#, ["*", "*", "*", "*", "*", "root", "echo one"], 0xbe4534645b22b79d),
        Vector(#"0 0 * * 0-7 root echo w07"#, ["0", "0", "*", "*", "0,*", "root", "echo w07"], 0xabc808684afa2351),
        Vector(#"0 0 * * 1-7 root echo w17"#, ["0", "0", "*", "*", "*", "root", "echo w17"], 0x24578d24c08a9779),
        Vector(#"0 0 * * 5-7 root echo w57"#, ["0", "0", "*", "*", "0,5-6", "root", "echo w57"], 0x88d4a24a11e5566c),
        Vector(#"0 0 * * 7-7 root echo w77"#, ["0", "0", "*", "*", "0,*", "root", "echo w77"], 0x2447d65a563b0325),
        Vector(#"0 0 * * SUN-SAT root echo w"#, ["0", "0", "*", "*", "*", "root", "echo w"], 0xdef452fcf250c0b2),
        Vector(#"0-59/1 * * * * root echo a"#, ["*", "*", "*", "*", "*", "root", "echo a"], 0x5e2cf24824ad47f0),
        Vector(#"0-59/5 * * * * root echo a"#, ["*/5", "*", "*", "*", "*", "root", "echo a"], 0x778712b1a3942e60),
        Vector(#"*/5 * * * * root echo five"#, ["*/5", "*", "*", "*", "*", "root", "echo five"], 0x1f821464f60f4f19),
        Vector(#"*/05 * * * * root echo five"#, ["*/5", "*", "*", "*", "*", "root", "echo five"], 0x1f821464f60f4f19),
        Vector(#"5-59/15 * * * * root echo a"#, ["5-59/15", "*", "*", "*", "*", "root", "echo a"], 0xdd8a8952e00ba107),
        Vector(#"05-010 * * * * root echo a"#, ["5-10", "*", "*", "*", "*", "root", "echo a"], 0xd7c34991cec8b071),
        Vector(#"30,15,0 * * * * root echo list"#, ["0,15,30", "*", "*", "*", "*", "root", "echo list"], 0xd9554d9debcba06a),
        Vector(#"30,10-20,0 * * * * root echo list"#, ["0,10-20,30", "*", "*", "*", "*", "root", "echo list"], 0x1d94dec61fa79195),
        Vector(#"*/15,3 * * * * root echo list"#, ["3,*/15", "*", "*", "*", "*", "root", "echo list"], 0xdccf55175c433636),
        Vector(#"3,*/15 * * * * root echo list"#, ["*/15,3", "*", "*", "*", "*", "root", "echo list"], 0x78739641211cebbe),
        Vector(#"10-20/5,1-5,7 * * * * root echo list"#, ["1-5,7,10-20/5", "*", "*", "*", "*", "root", "echo list"], 0xf7588d704e7de73b),
        Vector(#"5,5,5 * * * * root echo dup"#, ["5,5,5", "*", "*", "*", "*", "root", "echo dup"], 0x63aec8610ee73f28),
        Vector(#"10-10 * * * * root echo a"#, ["10", "*", "*", "*", "*", "root", "echo a"], 0x41d2ce3613b283d8),
        Vector(#"10-10/2 * * * * root echo a"#, ["10/2", "*", "*", "*", "*", "root", "echo a"], 0x54735af85e07009a),
        Vector(#"1-5/1 * * * * root echo a"#, ["1-5", "*", "*", "*", "*", "root", "echo a"], 0x6b5bea5666721851),
        Vector(#"*,5 * * * * root echo a"#, ["5,*", "*", "*", "*", "*", "root", "echo a"], 0x4ff0234e36d33f0a),
        Vector(#"5,* * * * * root echo a"#, ["*,5", "*", "*", "*", "*", "root", "echo a"], 0xd0c0163865d2fee1),
        Vector(#"0 0 1,15 * MON,WED root echo a"#, ["0", "0", "1,15", "*", "MON,WED", "root", "echo a"], 0xc0bea02339b492f4),
        Vector(#"0 0 * * 7,1 root echo a"#, ["0", "0", "*", "*", "0,1", "root", "echo a"], 0x4bfd3bfec11e5746),
        Vector(#"0 0 * * 1,7 root echo a"#, ["0", "0", "*", "*", "0,1", "root", "echo a"], 0x4bfd3bfec11e5746),
        Vector(#"0 0 * * 6,5-7 root echo a"#, ["0", "0", "*", "*", "0,5-6,6", "root", "echo a"], 0xb05f202977d1b5dd),
        Vector(#"0 0 * * 1-7/2 root echo a"#, ["0", "0", "*", "*", "*/2", "root", "echo a"], 0xcdda04292ced5b81),
        Vector(#"0 0 * * 0-7/2 root echo a"#, ["0", "0", "*", "*", "0,*/2", "root", "echo a"], 0x3180a534d4630d9a),
        Vector(#"0 0 * * */2 root echo a"#, ["0", "0", "*", "*", "*/2", "root", "echo a"], 0xcdda04292ced5b81),
        Vector(#"@daily root echo a"#, ["0", "0", "*", "*", "*", "root", "echo a"], 0x909c8fbc8ab96226),
        Vector(#"@midnight root echo a"#, ["0", "0", "*", "*", "*", "root", "echo a"], 0x909c8fbc8ab96226),
        Vector(#"@hourly root echo a"#, ["0", "*", "*", "*", "*", "root", "echo a"], 0xe6cf9c7815296fb6),
        Vector(#"@weekly root echo a"#, ["0", "0", "*", "*", "0", "root", "echo a"], 0x0479cbac242655f1),
        Vector(#"@monthly root echo a"#, ["0", "0", "1", "*", "*", "root", "echo a"], 0x6fc7aa3ddece3d30),
        Vector(#"@yearly root echo a"#, ["0", "0", "1", "1", "*", "root", "echo a"], 0xe7375c3ed0a5e34c),
        Vector(#"@annually root echo a"#, ["0", "0", "1", "1", "*", "root", "echo a"], 0xe7375c3ed0a5e34c),
        Vector(#"@reboot root echo a"#, ["*", "*", "*", "*", "*", "root", "echo a"], 0x5e2cf24824ad47f0),
        Vector(#"0 0 * * * root echo hi # comment"#, ["0", "0", "*", "*", "*", "root", "echo hi"], 0x0e3e9e3cec786986),
        Vector(#"0 0 * * * root echo hi #comment"#, ["0", "0", "*", "*", "*", "root", "echo hi"], 0x0e3e9e3cec786986),
        Vector(#"0 0 * * * root echo hi#nocomment"#, ["0", "0", "*", "*", "*", "root", "echo hi#nocomment"], 0xa9399fa894ff1677),
        Vector(#"0 0 * * * root echo "a # b" c"#, ["0", "0", "*", "*", "*", "root", #"echo "a"#], 0x87a933cd866ac3c2),
        Vector(#"0 0 * * * root echo a # b # c"#, ["0", "0", "*", "*", "*", "root", "echo a"], 0x909c8fbc8ab96226),
        Vector(#"0 0 * * * root echo a #"#, ["0", "0", "*", "*", "*", "root", "echo a"], 0x909c8fbc8ab96226),
        Vector(#"0 0 * * * root date +\%Y-\%m-\%d"#, ["0", "0", "*", "*", "*", "root", "date +%Y-%m-%d"], 0x7bbdf1cf3e260fca),
        Vector(#"0 0 * * * root cat%line1%line2"#, ["0", "0", "*", "*", "*", "root", "cat"], 0xe27f5a410cfe526e),
        Vector(#"0 0 * * * root cat %line1%line2"#, ["0", "0", "*", "*", "*", "root", "cat"], 0xe27f5a410cfe526e),
        Vector(#"0 0 * * * root cat%a\%b # c"#, ["0", "0", "*", "*", "*", "root", "cat"], 0xe27f5a410cfe526e),
        Vector(#"0 0 * * * root echo a   b  "#, ["0", "0", "*", "*", "*", "root", "echo a   b"], 0x8af3b790098ab705),
        Vector(#"0\#t0\#t*\#t*\#t*\#troot\#techo tabs"#, ["0", "0", "*", "*", "*", "root", "echo tabs"], 0x19bd0cfb3c815104),
        Vector(#"0 0 * * *   root    echo   spaced"#, ["0", "0", "*", "*", "*", "root", "echo   spaced"], 0x9fca2431a6a8c425),
        Vector(#"0 0 * * * -root echo quiet"#, ["0", "0", "*", "*", "*", "-root", "echo quiet"], 0xd493263345fb6da3),
        Vector(#"0 0 * * * 1000:1000 echo uid"#, ["0", "0", "*", "*", "*", "1000:1000", "echo uid"], 0xbf5fb2a94e8a1bd2),
        Vector(#"0~30 * * * * root echo a"#, ["0~30", "*", "*", "*", "*", "root", "echo a"], 0x62268a1b052d2ab0),
        Vector(#"~ * * * * root echo a"#, ["~", "*", "*", "*", "*", "root", "echo a"], 0xb8c30e32f2da4dd2),
        Vector(#"0~30/2 * * * * root echo a"#, ["0~30/2", "*", "*", "*", "*", "root", "echo a"], 0x6066b8c993712cdf),
        Vector(#"0 0 1 jan-MAR * root echo a"#, ["0", "0", "1", "jan-MAR", "*", "root", "echo a"], 0x15bcfc5aad0ed226),
        Vector(#"0 0 1 JAN-DEC * root echo a"#, ["0", "0", "1", "*", "*", "root", "echo a"], 0x6fc7aa3ddece3d30),
        Vector(#"0 0 30 2 * root echo a"#, ["0", "0", "30", "2", "*", "root", "echo a"], 0x6143d8ad6f76bca9),
        Vector(#"0 0 * * * root echo é ünï"#, ["0", "0", "*", "*", "*", "root", "echo é ünï"], 0x067dc89fdd0c9717),
        Vector(#"0 0 * * * root a"#, ["0", "0", "*", "*", "*", "root", "a"], 0xe7298c427f487a28),
        Vector(#"0 0 * * * root echo \\% x"#, ["0", "0", "*", "*", "*", "root", #"echo \% x"#], 0x7707f41f5b8c0b8d),
        Vector(#"0 0 * * * root echo a\nb"#, ["0", "0", "*", "*", "*", "root", #"echo a\nb"#], 0x434e341b82fea8bb),
        Vector(#"0 0 * * 0-SAT root echo a"#, ["0", "0", "*", "*", "*", "root", "echo a"], 0x909c8fbc8ab96226),
        Vector(#"0 0 * 01-012 * root echo a"#, ["0", "0", "*", "*", "*", "root", "echo a"], 0x909c8fbc8ab96226),
        Vector(#"0 0 * * 07 root echo a"#, ["0", "0", "*", "*", "0", "root", "echo a"], 0x0479cbac242655f1),
        Vector(#"0 0 * * 00-06 root echo a"#, ["0", "0", "*", "*", "*", "root", "echo a"], 0x909c8fbc8ab96226),
        Vector(#"@daily root echo a # b"#, ["0", "0", "*", "*", "*", "root", "echo a"], 0x909c8fbc8ab96226),
        Vector(#"@daily root echo #b"#, ["0", "0", "*", "*", "*", "root", "echo"], 0x522ad3c9c24792e2),
        Vector(#"  0 0 * * * root echo lead"#, ["0", "0", "*", "*", "*", "root", "echo lead"], 0xf889be9bc4882768),
        Vector(#"0 0 * * * root %in"#, ["0", "0", "*", "*", "*", "root", ""], 0x8b697d1e65c3e2bb),
        Vector(#"@DAILY root echo a"#, ["0", "0", "*", "*", "*", "root", "echo a"], 0x909c8fbc8ab96226),
        Vector(#"0 0 * * 7-7/1 root echo a"#, ["0", "0", "*", "*", "0,*", "root", "echo a"], 0xb31db1abad9b0d76),
        Vector(#"0 0 * * 3,1-7 root echo a"#, ["0", "0", "*", "*", "*,3", "root", "echo a"], 0x036d3a6f9ec6f178),
        Vector(#"0 0 * * 7,6,SUN root echo a"#, ["0", "0", "*", "*", "0,SUN,6", "root", "echo a"], 0xf50e0e08f40d774a),
        Vector(#"1-3,1-2,1 * * * * root echo a"#, ["1,1-3,1-2", "*", "*", "*", "*", "root", "echo a"], 0x3edbd1e029a645a0),
        Vector(#"1,1-2,1-3 * * * * root echo a"#, ["1,1-2,1-3", "*", "*", "*", "*", "root", "echo a"], 0xc4d4e423fd2277a4),
        Vector(#"*/7,*/5,*/9 * * * * root echo a"#, ["*/7,*/5,*/9", "*", "*", "*", "*", "root", "echo a"], 0xab7494b4d2501b1a),
        Vector(#"10-40/7,*/5,10 * * * * root echo a"#, ["10,*/5,10-40/7", "*", "*", "*", "*", "root", "echo a"], 0x31f02c5190e887e7),
        Vector(#"*/2,0-59 * * * * root echo a"#, ["*/2,*", "*", "*", "*", "*", "root", "echo a"], 0x8a0e599ef855116d),
    ]
}
