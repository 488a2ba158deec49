// A plain minute-walk: the floor of the comparison. Five fields of numbers, lists, ranges and steps; the calendar is the C library's.
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct masks { uint64_t field[5]; int either; };

static uint64_t parse_field(const char **text, int low, int high) {
    uint64_t mask = 0;
    for (;;) {
        int first = low, last = high, step = 1;
        if (**text == '*') {
            (*text)++;
        } else {
            first = last = (int)strtol(*text, (char **)text, 10);
            if (**text == '-') { (*text)++; last = (int)strtol(*text, (char **)text, 10); }
        }
        if (**text == '/') { (*text)++; step = (int)strtol(*text, (char **)text, 10); }
        for (int value = first; value <= last; value += step) mask |= 1ull << value;
        if (**text != ',') break;
        (*text)++;
    }
    while (**text == ' ') (*text)++;
    return mask;
}

static struct masks parse(const char *text) {
    static const int low[5] = {0, 0, 1, 1, 0}, high[5] = {59, 23, 31, 12, 6};
    struct masks masks;
    int star[5];
    for (int i = 0; i < 5; i++) {
        star[i] = *text == '*';
        masks.field[i] = parse_field(&text, low[i], high[i]);
    }
    masks.either = !star[2] && !star[4];
    return masks;
}

static time_t next(const struct masks *masks, time_t after, int utc) {
    struct tm tm;
    for (time_t t = after - after % 60 + 60;; t += 60) {
        if (utc) gmtime_r(&t, &tm); else localtime_r(&t, &tm);
        if (!(masks->field[0] >> tm.tm_min & 1) || !(masks->field[1] >> tm.tm_hour & 1) || !(masks->field[3] >> (tm.tm_mon + 1) & 1)) continue;
        int date = masks->field[2] >> tm.tm_mday & 1, weekday = masks->field[4] >> tm.tm_wday & 1;
        if (masks->either ? date || weekday : date && weekday) return t;
    }
}

static double now(void) {
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * 1e9 + ts.tv_nsec;
}

int main(int argc, char **argv) {
    const time_t start = 1767225600, horizon = 3786912000;
    char line[512];
    FILE *file = argc > 1 ? fopen(argv[1], "r") : NULL;
    if (!file || !fgets(line, sizeof line, file)) return 1;
    while (fgets(line, sizeof line, file)) {
        char *column[16], *rest = line;
        int columns = 0;
        line[strcspn(line, "\n")] = 0;
        while (columns < 16 && (column[columns] = strsep(&rest, "\t"))) columns++;
        const char *expression = column[columns - 1];
        if (columns < 9 || strcmp(expression, "-") == 0) continue;
        setenv("TZ", column[1], 1);
        tzset();
        int utc = strcmp(column[1], "UTC") == 0;
        struct masks masks = parse(expression);
        long long sum = 0;
        time_t t = start;
        for (int i = 0; i < 100; i++) {
            t = next(&masks, t, utc);
            if (t >= horizon) t = next(&masks, start, utc);
            sum += t;
        }
        double best = 1e18;
        for (int batch = 0; batch < 5; batch++) {
            long calls = 0;
            double begin = now(), end;
            t = start;
            do {
                t = next(&masks, t, utc);
                if (t >= horizon) t = start;
                calls++;
                end = now();
            } while (end - begin < 1e8);
            if ((end - begin) / calls < best) best = (end - begin) / calls;
        }
        printf("walk\t%s\t%.1f\t\t%lld\n", column[0], best, sum);
    }
    return 0;
}
