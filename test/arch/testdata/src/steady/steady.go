// Package steady does what chaincode needs, and breaks no rule.
package steady

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

var (
	ErrEmpty = errors.New("empty")
	name     = regexp.MustCompile(`^[a-z]+$`)
	sizes    = map[string]int{"small": 1, "large": 1e6}
)

const limit = 1e3

func Check(names []string, seconds int64) (string, error) {
	if len(names) == 0 {
		return "", ErrEmpty
	}
	if len(names) > limit || !name.MatchString(names[0]) {
		return "", fmt.Errorf("more than %d names", int(limit))
	}
	counted := make(map[string]int)
	for i, n := range names {
		counted[n] += sizes[n] + i
	}
	for _, key := range slices.Sorted(maps.Keys(counted)) {
		names = append(names, key)
	}
	at, err := time.Parse(time.RFC3339, names[0])
	if err != nil {
		return "", err
	}
	var ended *time.ParseError
	if errors.As(err, &ended) {
		return "", ended
	}
	return strings.Join(names, at.UTC().Format(time.RFC3339)) + time.Unix(seconds, 0).UTC().Format(time.RFC3339), nil
}
