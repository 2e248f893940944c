package main

import (
	"context"
	"errors"
	"syscall"
	"testing"
	"time"
)

// Two interrupts in a moment are one: the program ends in its own way, with what it has. So it does after SIGTERM.
func TestAnInterruptSentTwiceIsOne(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		twice(t, signal)
	}
}

func twice(t *testing.T, signal syscall.Signal) {
	t.Helper()
	ctx, stop := interruptible()
	defer stop()
	for range 2 {
		if err := syscall.Kill(syscall.Getpid(), signal); err != nil {
			t.Fatal(err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Minute):
			t.Fatal("the interrupt is not heard")
		}
		time.Sleep(20 * time.Millisecond) // by then the program would let the next one end it
	}
	if !errors.Is(ctx.Err(), context.Canceled) {
		t.Error(ctx.Err())
	}
}
