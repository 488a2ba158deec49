import CronScheduler
import Hummingbird

/// What a scheduler throws, as a status and `{"error":{"message":"…"}}`.
struct ClearErrors<Context: RequestContext>: RouterMiddleware {
    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as SchedulerError {
            throw HTTPError(error.status, message: error.description)
        } catch let error as HTTPError where error.body == nil {
            throw HTTPError(error.status, message: "\(request.method) \(request.uri.path): \(error.status.reasonPhrase)")
        }
    }
}

extension SchedulerError {
    fileprivate var status: HTTPResponse.Status {
        switch self {
        case .unknownJob: .notFound
        case .jobExists, .newerVersion, .contended, .closure, .notStarted, .notHere: .conflict
        case .badID, .badSchedule, .badOptions, .badParameters, .badImport: .unprocessableContent
        case .store, .ended: .serviceUnavailable
        case .handlerTwice: .internalServerError
        }
    }
}
