// Before anything else, and before there is any thread: as PID 1 this process becomes the container's init, and its child goes on.
internal import ArgumentParser
internal import CronDaemon

ServiceHost.becomeInitIfPID1()
Crond.main()
