#ifndef CRON_LAUNCH_H
#define CRON_LAUNCH_H
#endif
