package network

import (
	"errors"
	"fmt"
)

// ErrUsage marks errors that a person mends by asking differently: a wrong flag
// or a wrong topology file. The command line turns it into exit code 2.
var ErrUsage = errors.New("wrong usage")

// ErrLocked says that another command works on the same run directory.
var ErrLocked = errors.New("the network is locked")

// ErrNotUp says that a command needs a network that has been started before.
var ErrNotUp = errors.New("no network here")

type usageError struct{ text string }

func (e *usageError) Error() string        { return e.text }
func (e *usageError) Is(target error) bool { return target == ErrUsage }

func usagef(format string, args ...any) error {
	return &usageError{fmt.Sprintf(format, args...)}
}
