import CronExpressions
import Crontabs
import Testing

@Suite("Slips that check names") struct Slips {
    private static let machine = Crontab.Machine(
        isUser: { ["root", "www-data", "postgres", "sync", "mail"].contains($0) },
        isProgram: { ["sync", "mail", "postgres", "/bin/sh", "/bin/bash"].contains($0) })

    private func slips(_ text: String, _ format: CrontabFormat = .user, dialect: Dialect = .vixie) -> [LineDiagnostic] {
        read(text, format, dialect: dialect).slips(in: Array(text.utf8), path: "p", format: format, machine: Self.machine)
    }

    @Test(
        "A reference in an assignment stays as it is",
        arguments: [
            ("PATH=$PATH:/opt/bin", "$PATH"), ("PATH=\"/opt/bin:$PATH\"", "$PATH"), ("A=${HOME}/x", "${HOME}"),
            ("A = $(hostname)", "$(hostname)"),
            ("b=1\nA=$b", "$b"), ("PATH=~/bin:/usr/bin", "~/bin"), ("HOME=~", "~"), ("A=/x/$USER_NAME/y", "$USER_NAME"),
            ("A=`hostname`", "`hostname`"), ("A=\"x-`date +%F`\"", "`date +%F`"), ("HOME=~root", "~root"),
            ("PATH=/bin:~www-data/bin", "~www-data/bin"),
        ])
    func references(_ assignments: String, _ reference: String) {
        let found = slips(assignments + "\n0 1 * * * x\n")
        #expect(found.count == 1 && found.first?.isError == false)
        #expect(found.first?.diagnostic.message.contains("“\(reference)” as it stands") == true, "\(found)")
    }

    @Test(
        "A value with a dollar is no reference",
        arguments: [
            "PASSWORD=pa$word", "A=5$", "A=$", "A=$1", "PS1='$ '", "A=a$b$c", "A=~", "A=x~/y", "A=${x", "PRICE=$5", "PATH=/usr/bin:/bin",
            "A=x`y", "A=``", "A=~root", "PATH=/bin:/x~y",
        ])
    func noReferences(_ assignment: String) { #expect(slips(assignment + "\n0 1 * * * x\n").isEmpty) }

    @Test(
        "A name that no shell can use, a shell that is none, and what a shell would do",
        arguments: [
            ("$T=x", "named “$T”"), ("T+=x", "named “T+”"), ("T:=x", "named “T:”"), ("-T=x", "named “-T”"),
            ("T\u{A0}=x", "part of the name"),
            ("SHELL=bash", "by its whole path"), ("SHELL=", "it is empty"), ("SHELL=/no/such", "no program /no/such"),
            ("T=prod; export T", "“export” is part of the value"),
        ])
    func shellWords(_ line: String, _ words: String) {
        let text = line + "\n0 1 * * * x\n"
        let found = slips(text) + read(text, .user).diagnostics
        #expect(found.count == 1 && found.first?.isError == false && found.first?.diagnostic.message.contains(words) == true, "\(found)")
    }

    @Test("What means what it says", arguments: ["SHELL=/bin/bash", "a.b=x", "T=x;y", "# crond runs this at 3", "# the crond name=x"])
    func plainLines(_ line: String) {
        let text = line + "\n0 1 * * * x\n"
        #expect(slips(text).isEmpty && read(text, .user).diagnostics.isEmpty)
    }

    @Test("A year where the user stands, and export before an assignment") func years() throws {
        let found = slips("0 0 1 1 * 2028 root cmd\n", .system)
        #expect(found.first?.diagnostic.message.contains("no column for a year") == true && found.count == 1)
        #expect(slips("0 0 1 1 * 2028 /usr/bin/x\n", .system).isEmpty, "a user by number")
        let bad = try #require(read("export FOO=bar\n0 1 * * * x\n", .user).diagnostics.first)
        #expect(bad.isError && bad.diagnostic.message.contains("a word of shells") && bad.diagnostic.suggestion == "FOO=bar")
    }

    @Test("A comment behind a value is part of it") func comments() throws {
        let found = try #require(slips("LEVEL=3 # how much\n0 1 * * * x\n").first)
        #expect(found.diagnostic.message.contains("“# how much” is part of the value") && found.diagnostic.suggestion == "LEVEL=3")
        #expect(found.column == 9 && found.line == 1)
        for empty in ["LEVEL= # how much", "LEVEL=# how much", "LEVEL = #how much"] {
            let found = slips(empty + "\n0 1 * * * x\n")
            #expect(found.count == 1 && found.first?.diagnostic.message.contains("is part of the value") == true, "\(empty): \(found)")
            #expect(found.first?.diagnostic.suggestion?.hasSuffix("=") == true)
        }
        for fine in ["COLOR=#fff", "COLOR = #fff", "A=#", "A=b#c", "A=\" # \"", "A='x # y'"] {
            #expect(slips(fine + "\n0 1 * * * x # y\n").isEmpty, "\(fine)")
        }
    }

    @Test("A line does not go on in the next one") func continuations() throws {
        let found = try #require(slips("0 1 * * * backup --all \\\n").first)
        #expect(found.diagnostic.message.contains("does not go on") && found.column == 24)
        #expect(slips("0 1 * * * root backup \\\r\n", .system).count == 1 && slips("A=b\\\n0 1 * * * x\n").count == 1)
        #expect(slips("0 1 * * * printf a\\\\\n# x \\\n").isEmpty)
        let blank = try #require(slips("0 1 * * * backup --all \\ \t\n").first)
        #expect(blank.diagnostic.message.contains("does not go on") && blank.column == 24)
    }

    @Test(
        "A user column in a user table",
        arguments: [
            ("0 1 * * * root backup", "root"), ("@daily www-data backup", "www-data"), ("0 1 * * * nobody x y", "nobody"),
        ])
    func userColumn(_ line: String, _ user: String) {
        let found = slips(line)
        #expect(found.map(\.diagnostic.message) == ["“\(user)” is read as the command: there is no user column here"])
        #expect(slips(line, .system).isEmpty, "there it is the user")
        #expect(slips("# crond: dialect=supercronic\n" + line, .system).count == 1, "supercronic has none in any table")
    }

    @Test(
        "Programs that are users, too, and users alone are commands",
        arguments: [
            "0 1 * * * sync /x", "0 1 * * * mail -s x root", "0 1 * * * postgres -D /x", "0 1 * * * root", "0 1 * * * /usr/bin/root x",
            "0 1 * * * 1000 x",
        ])
    func commands(_ line: String) { #expect(slips(line).isEmpty) }

    @Test("Variables so long that no command can start") func tooLong() {
        let long = String(repeating: "x", count: 131_072)
        #expect(
            slips("A=\(long)\n0 1 * * * x\n").first?.diagnostic.message == "A has 131074 bytes: no command below can be started with it")
        #expect(slips("A=\(long.dropLast(3))\n0 1 * * * x\n").isEmpty)
        #expect(slips("A=\(long.dropLast(2))\n0 1 * * * x\n").count == 1)
        let many = (0..<20).map { "A\($0)=\(long.dropLast(8))\n" }.joined()
        #expect(slips(many + "0 1 * * * x\n").first?.diagnostic.message.contains("no command below can be started with them") == true)
        let same = (0..<20).map { _ in "A=\(long.dropLast(8))\n" }.joined()
        #expect(slips(same + "0 1 * * * x\n").isEmpty, "one name, one value")
    }

    @Test("Names that mean something to other crons and nothing here") func ignored() {
        #expect(slips("MAILTO=ops@example.org, root\n0 1 * * * x\n").isEmpty)
        #expect(slips("MAILTO=-x\n0 1 * * * x\n").first?.diagnostic.message.contains("no mail is sent to this") == true)
        for refused in ["Ärger <a@b>", "a@b,c@d", "-oQ/tmp"] {
            #expect(slips("MAILFROM=\(refused)\n0 1 * * * x\n").first?.diagnostic.message.contains("no mail comes from this") == true)
        }
        #expect(slips("MAILFROM=a@b\nMAILFROM=\n0 1 * * * x\n").isEmpty)
        #expect(slips("RANDOM_DELAY=2h\n0 1 * * * x\n").first?.diagnostic.message.contains("delays nothing") == true)
        #expect(slips("MAILTO=\nMAILTO=\"\"\nRANDOM_DELAY=30\n0 1 * * * x\n").isEmpty)
    }

    @Test(
        "A % that ends a command in its middle is written with a backslash",
        arguments: [
            ("tar cf /b-$(date +%F).tar /x", 29), ("cp a b-`date +\"%H\"`", 26), ("echo $(date +\\%Y%m)", 27), ("date '+%F' > x", 18),
            ("echo \"100% done\"", 20), ("curl 'http://x/a%20b'", 27), ("x $(y %z)", 17),
        ])
    func percent(_ command: String, _ column: Int) {
        let found = slips("0 1 * * * \(command)\n")
        #expect(found.map(\.diagnostic.message) == ["this % ends the command: what follows is its standard input"], "\(found)")
        #expect(found.first?.diagnostic.suggestion == "\\%" && found.first?.column == column && found.first?.isError == false)
        #expect(slips("0 1 * * * \(command)\n", dialect: .supercronic).isEmpty, "there it is a character")
    }

    @Test(
        "A % that begins the standard input of a whole command is what it is for",
        arguments: [
            "mail -s x root%Hello%%Yours", "cat%a", "date +\\%F", "echo $(date +\\%F)%input", "echo 'it'\\''s'%x", "sh -c 'echo \\%'%x",
            "mail root+cron%Hello",
        ])
    func input(_ command: String) { #expect(slips("0 1 * * * \(command)\n").isEmpty) }

    @Test("TZ is not what schedules go by, unless the table says which zone they do go by") func zone() {
        let found = slips("TZ=Europe/Berlin\n0 1 * * * x\n")
        #expect(found.map(\.diagnostic.message) == ["TZ is only handed on to the jobs: no schedule goes by it"])
        #expect(found.first?.diagnostic.expected?.hasPrefix("CRON_TZ=Europe/Berlin ") == true)
        #expect(slips("TZ=\n0 1 * * * x\n").first?.diagnostic.message.contains("empty it is UTC") == true)
        #expect(slips("CRON_TZ=UTC\nTZ=Europe/Berlin\n0 1 * * * x\n").isEmpty)
    }

    @Test("No table says who its user is", arguments: ["LOGNAME", "USER"]) func owner(_ name: String) {
        #expect(slips("\(name)=ops\n0 1 * * * x\n").first?.diagnostic.message.hasPrefix("no table can set \(name)") == true)
    }

    @Test("RANDOM_DELAY above nothing but @reboot delays nothing") func delays() {
        #expect(slips("RANDOM_DELAY=45\n@reboot x\n").first?.diagnostic.message.contains("only @reboot stands below it") == true)
        #expect(slips("RANDOM_DELAY=45\n@reboot x\nRANDOM_DELAY=5\n@daily x\n").map(\.line) == [1])
        #expect(slips("RANDOM_DELAY=45\n@reboot x\n@daily y\nRANDOM_DELAY=0\n@reboot x\nRANDOM_DELAY=5\n").isEmpty)
    }

    @Test("A user with a group is no user column here either; a system table knows groups in numbers only") func groups() {
        #expect(slips("0 1 * * * www-data:www-data backup\n").first?.diagnostic.message.contains("there is no user column here") == true)
        #expect(slips("0 1 * * * http://x y\n0 1 * * * 33:33 x\n").isEmpty)
        let text = "0 1 * * * www-data:adm backup\n0 1 * * * 33:33 backup\n0 1 * * * 33 backup\n0 1 * * * nobody:x backup\n"
        let known: Set = ["www-data", "33:33", "33"]
        let found = read(text, .system).unknownUsers(in: Array(text.utf8), path: "p") { known.contains($0) }
        #expect(found.map(\.line) == [1, 4] && found.map(\.diagnostic.suggestion) == ["www-data", nil])
        #expect(found.allSatisfy { $0.diagnostic.expected == "the user alone, in its own groups; a group only in numbers: UID:GID" })
    }

    @Test("cronie's -n is the command elsewhere") func mailOption() {
        #expect(slips("0 1 * * * -n backup").first?.diagnostic.message.contains("only cronie") == true)
        #expect(slips("0 1 * * * -n backup", dialect: .cronie).isEmpty && slips("0 1 * * * x -n y").isEmpty)
    }

    @Test("Each kind is said once for a file, with how many more there are") func once() {
        let found = slips("A=$HOME/a\nB=$HOME/b\nC=$HOME/c\n0 1 * * * root x\n0 2 * * * root y\n")
        #expect(found.map(\.line) == [1, 4])
        #expect(found.first?.diagnostic.message.hasSuffix("; so are 2 other lines") == true)
        #expect(found.last?.diagnostic.message.hasSuffix("; so is 1 other line") == true)
    }

    @Test(
        "The tables of a distribution pass without a word",
        arguments: [
            """
            SHELL=/bin/sh
            PATH=/usr/local/sbin:/usr/local/bin:/sbin:/bin:/usr/sbin:/usr/bin
            17 *	* * *	root	cd / && run-parts --report /etc/cron.hourly
            25 6	* * *	root	test -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.daily; }
            47 6	* * 7	root	test -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.weekly; }
            52 6	1 * *	root	test -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.monthly; }
            #
            """,
            "30 3 * * 0 root test -e /run/systemd/system || SERVICE_MODE=1 /usr/lib/e2fsprogs/e2scrub_all_cron\n10 3 * * * root test -e /run/x || SERVICE_MODE=1 /sbin/e2scrub_all -A -r\n",
            "09,39 *     * * *     root   [ -x /usr/lib/php/sessionclean ] && if [ ! -d /run/systemd/system ]; then /usr/lib/php/sessionclean; fi\n",
            "SHELL=/bin/sh\nPATH=/usr/local/sbin:/usr/local/bin:/sbin:/bin:/usr/sbin:/usr/bin\n0 */12 * * * root test -x /usr/bin/certbot -a \\! -d /run/x && perl -e 'sleep int(rand(43200))' && certbot -q renew --no-random-sleep-on-renew\n",
            "PATH=/usr/lib/sysstat:/usr/sbin:/usr/sbin:/usr/bin:/sbin:/bin\n5-55/10 * * * * root command -v debian-sa1 > /dev/null && debian-sa1 1 1\n59 23 * * * root command -v debian-sa1 > /dev/null && debian-sa1 60 2\n",
            "57 0 * * 0 root if [ -x /usr/share/mdadm/checkarray ] && [ $(date +\\%d) -le 7 ]; then /usr/share/mdadm/checkarray --cron --all --idle --quiet; fi\n",
            "SHELL=/bin/sh\nPATH=/usr/local/sbin:/usr/local/bin:/sbin:/bin:/usr/sbin:/usr/bin\n30 7-23 * * *   root\t[ -x /etc/init.d/anacron ] && if [ ! -d /run/x ]; then /usr/sbin/invoke-rc.d anacron start >/dev/null; fi\n",
        ])
    func distributions(_ text: String) throws {
        let table = read(text)
        let now = try #require(Instant(rfc3339: "2027-01-10T12:00:00Z"))
        let bytes = Array(text.utf8)
        let found = table.diagnostics(
            in: bytes, path: "p", after: now, and: table.slips(in: bytes, path: "p", format: .system, machine: Self.machine))
        #expect(found.isEmpty && !table.entries.isEmpty, "\(found.map(\.rendered))")
    }

    @Test("Drop-in files that are passed over, but not what a package manager leaves") func passedOver() {
        #expect(
            Crontab.passedOver(["a", "backup.cron", "job~", "x.bak", "my job", "ä"]) == ["backup.cron", "job~", "x.bak", "my job", "ä"])
        #expect(
            Crontab.passedOver([".placeholder", "php.dpkg-old", "php.dpkg-dist", "x.ucf-dist", "x.rpmsave", "x.rpmnew", "e2scrub_all", ""])
                .isEmpty)
    }
}
