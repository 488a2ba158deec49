// robfig/cron and gorhill/cronexpr over shapes.tsv.
package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/gorhill/cronexpr"
	robfig "github.com/robfig/cron"
)

type engine interface{ Next(time.Time) time.Time }

var horizon = time.Date(2090, 1, 1, 0, 0, 0, 0, time.UTC)
var sink engine

func parseRobfig(text string) (engine, error) {
	if len(strings.Fields(text)) == 6 {
		return robfig.NewParser(robfig.Second | robfig.Minute | robfig.Hour | robfig.Dom | robfig.Month | robfig.Dow).Parse(text)
	}
	return robfig.ParseStandard(text)
}

func parseGorhill(text string) (engine, error) { return cronexpr.Parse(text) }

// The fastest of five batches of at least 60 ms, in nanoseconds a call.
func fastest(body func(calls int)) float64 {
	calls, best := 1, 0.0
	for {
		begin := time.Now()
		body(calls)
		if time.Since(begin) > 60*time.Millisecond {
			break
		}
		calls *= 2
	}
	for batch := 0; batch < 5; batch++ {
		begin := time.Now()
		body(calls)
		each := float64(time.Since(begin).Nanoseconds()) / float64(calls)
		if batch == 0 || each < best {
			best = each
		}
	}
	return best
}

func measure(name, shape, text string, location *time.Location, parse func(string) (engine, error)) {
	schedule, err := parse(text)
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %s: %v\n", name, text, err)
		return
	}
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).In(location)
	step := func(t time.Time) time.Time {
		t = schedule.Next(t)
		if t.IsZero() || !t.Before(horizon) {
			return start
		}
		return t
	}
	var sum int64
	t := start
	for i := 0; i < 100; i++ {
		t = step(t)
		if t.Equal(start) {
			t = step(t)
		}
		sum += t.Unix()
	}
	next := fastest(func(calls int) {
		t := start
		for i := 0; i < calls; i++ {
			t = step(t)
		}
	})
	parsing := fastest(func(calls int) {
		for i := 0; i < calls; i++ {
			sink, _ = parse(text)
		}
	})
	fmt.Printf("%s\t%s\t%.1f\t%.1f\t%d\n", name, shape, next, parsing, sum)
}

func main() {
	file, err := os.Open(os.Args[1])
	if err != nil {
		panic(err)
	}
	lines := bufio.NewScanner(file)
	lines.Scan()
	for lines.Scan() {
		column := strings.Split(lines.Text(), "\t")
		location, err := time.LoadLocation(column[1])
		if err != nil {
			panic(err)
		}
		if column[4] != "-" {
			measure("robfig", column[0], column[4], location, parseRobfig)
		}
		if column[5] != "-" {
			measure("gorhill", column[0], column[5], location, parseGorhill)
		}
	}
}
