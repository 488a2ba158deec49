/// Pipes that have something to read, in the order of their turns.
struct PipeQueue {
    private var pipes: [JobPipe] = []
    private var head = 0

    var isEmpty: Bool { head == pipes.count }

    /// Puts a pipe at the end, once.
    mutating func append(_ pipe: JobPipe) {
        guard !pipe.isQueued else { return }
        pipe.isQueued = true
        pipes.append(pipe)
    }

    mutating func popFirst() -> JobPipe? {
        guard !isEmpty else { return nil }
        let pipe = pipes[head]
        pipe.isQueued = false
        head += 1
        if head == pipes.count || head > 1024 {
            pipes.removeFirst(head)
            head = 0
        }
        return pipe
    }

    func forEach(_ body: (JobPipe) -> Void) { for pipe in pipes[head...] { body(pipe) } }
}
