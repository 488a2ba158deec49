/// How a file of the table came into use.
enum FileUse: String {
    case asFound = "as found"
    case restored
    case refused
}
