// The Linux calls that Swift's Glibc module leaves out. Headers only: everything here is an include or a static inline wrapper.
#ifndef CRON_CLINUX_SHIM_H
#define CRON_CLINUX_SHIM_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static inline int cl_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }
static inline int cl_set_child_subreaper(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }
static inline int cl_set_name(const char *name) { return prctl(PR_SET_NAME, name, 0, 0, 0); }
static inline int cl_open(const char *path, int flags, mode_t mode) { return open(path, flags, mode); }
static inline int cl_openat(int dir, const char *path, int flags, mode_t mode) { return openat(dir, path, flags, mode); }
static inline int cl_fcntl(int fd, int command, int argument) { return fcntl(fd, command, argument); }
static inline int cl_errno(void) { return errno; }
static inline const char *cl_error_text(int number, char *buffer, size_t size) { return strerror_r(number, buffer, size); }
static inline void cl_ignore_signal(int number) { signal(number, SIG_IGN); }

#endif
