// Package suggest finds the name that somebody who mistyped one probably meant.
package suggest

import (
	"fmt"
	"strings"
)

// DidYouMean returns a clause such as `; did you mean "city"?`, or "" when no name
// is near. Case and what stands between letters do not count.
func DidYouMean(given string, names []string) string {
	best, near := "", 0
	for _, name := range names {
		d := distance(fold(given), fold(name))
		if d <= tolerance(given) && (best == "" || d < near) {
			best, near = name, d
		}
	}
	if best == "" || best == given {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
}

// tolerance is how many letters may be wrong: one of three, and two (which two that
// changed places are) in short names.
func tolerance(s string) int {
	n := len([]rune(s))
	return min(n/2, max(2, n/3))
}

func fold(s string) string {
	return strings.NewReplacer(" ", "", "_", "", "-", "").Replace(strings.ToLower(s))
}

// distance is the Levenshtein distance in characters, by the two-row method.
func distance(a, b string) int {
	from, to := []rune(a), []rune(b)
	before := make([]int, len(to)+1)
	for j := range before {
		before[j] = j
	}
	for i, x := range from {
		row := make([]int, len(to)+1)
		row[0] = i + 1
		for j, y := range to {
			change := before[j]
			if x != y {
				change++
			}
			row[j+1] = min(change, before[j+1]+1, row[j]+1)
		}
		before = row
	}
	return before[len(to)]
}
