// Package various breaks every rule of determinism.
package various

import (
	"context"
	"crypto/rand" // want "imports crypto/rand"
	"maps"
	mrand "math/rand" // want "imports math/rand"
	v2 "math/rand/v2" // want "imports math/rand/v2"
	"net/http"        // want "imports net/http"
	"os"              // want "imports os"
	"path/filepath"   // want "imports path/filepath"
	"reflect"
	"runtime" // want "imports runtime"
	"slices"
	"sync"
	"time"
)

var (
	counter int
	seen    = map[string]bool{}
	cache   sync.Map
	config  struct{ limit int }
)

func init() { // want "has an init function"
	counter = 1 // want "changes package variable counter"
}

func clocks(ctx context.Context, t time.Time) {
	_ = time.Now()    // want "Now depends on the clock"
	_ = time.Since(t) // want "Since depends on the clock"
	now := time.Now   // want "Now depends on the clock"
	_ = now
	time.Sleep(1)                            // want "Sleep depends on the clock"
	_, _ = context.WithTimeout(ctx, 1)       // want "WithTimeout depends on the clock"
	_ = t.Local()                            // want "Local depends on the machine's time zone"
	_ = t.In(time.Local)                     // want "Local depends on the machine's time zone"
	_ = time.Unix(0, 0).Format(time.RFC3339) // want "Unix depends on the machine's time zone"
}

func randomness(buffer []byte) {
	_, _ = rand.Read(buffer)
	_ = mrand.Int()
	_ = v2.Int()
}

func world() {
	_ = os.Getenv("HOME")
	_, _ = http.Get("http://localhost")
	_ = filepath.Join("a", "b")
	runtime.GC()
}

type measured struct {
	ratio float64 // want "uses floating point"
}

func floats(m measured, d time.Duration) int {
	x := 1.5         // want "uses floating point"
	_ = m.ratio * x  // want "uses floating point"
	_ = d.Seconds()  // want "uses floating point"
	var z complex128 // want "uses floating point"
	_ = z            // want "uses floating point"
	return int(x)    // want "uses floating point"
}

func orders[M ~map[string]int](m map[string]int, generic M) {
	for range m { // want "ranges over a map"
	}
	for range generic { // want "ranges over a map"
	}
	for range maps.Keys(m) { // want "Keys depends on the order of a map"
	}
	_ = slices.Collect(maps.Values(m)) // want "Values depends on the order of a map"
	_ = reflect.ValueOf(m).MapKeys()   // want "MapKeys depends on the order of a map"
	cache.Range(nil)                   // want "Range depends on the order of a map" "changes package variable cache"
}

func concurrency() {
	c := make(chan int) // want "uses a channel"
	go func() {         // want "starts a goroutine"
		c <- 1
	}()
	select { // want "select depends on scheduling"
	case <-c:
	}
}

func keeps() *int {
	counter++                // want "changes package variable counter"
	seen["a"] = true         // want "changes package variable seen"
	delete(seen, "a")        // want "changes package variable seen"
	config.limit += 2        // want "changes package variable config"
	cache.Store("a", "b")    // want "changes package variable cache"
	http.DefaultClient = nil // want "changes package variable DefaultClient"
	return &counter          // want "changes package variable counter"
}
