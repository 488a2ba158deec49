// The copy of the system's time zones that Scripts/make-zones made: constant bytes, looked at only where the system has no such zone.
#ifndef CZONES_H
#define CZONES_H

#include <stddef.h>

const unsigned char *zones_bytes(void);
size_t zones_size(void);

#endif
