package network

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"
)

// giveWay is the nice value of what gives way to the orderers. All nodes of all bodies
// share one machine here, and peers can use whatever it has. An orderer that waits for
// them is late with a vote, falls behind the others, and catches up instead of
// voting; two such orderers at a time stop the channel until its leader is replaced.
const giveWay = 10

// yield makes a process group give way to others, as nice(1) does.
func yield(group int) error {
	if err := syscall.Setpriority(syscall.PRIO_PGRP, group, giveWay); errors.Is(err, syscall.ESRCH) {
		return nil // it has ended, which its log explains better
	} else if err != nil {
		return fmt.Errorf("priority: %w", err)
	}
	return yieldSession(fmt.Sprintf("/proc/%d/autogroup", group))
}

const autogroupTries = 20

// yieldSession does so for a session: Linux may weigh sessions as a whole, and then
// compares nice values only within one (sched(7), "The autogroup feature").
func yieldSession(autogroup string) error {
	for try := 1; ; try++ {
		err := os.WriteFile(autogroup, []byte(strconv.Itoa(giveWay)), 0)
		switch {
		case err == nil, errors.Is(err, os.ErrNotExist), errors.Is(err, syscall.ESRCH):
			return nil
		case errors.Is(err, os.ErrPermission), errors.Is(err, syscall.EROFS):
			return nil // as in some containers: the network runs all the same, only slower when the machine is busy
		case !errors.Is(err, syscall.EAGAIN) || try == autogroupTries:
			return fmt.Errorf("priority: %w", err)
		}
		time.Sleep(100 * time.Millisecond) // Linux lets users do this ten times a second
	}
}
