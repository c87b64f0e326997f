package screen

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// Terminal is a pseudo-terminal on which a program runs.
type Terminal struct {
	command *exec.Cmd
	master  *os.File
	done    chan struct{}

	mu     sync.Mutex
	screen *Screen
	raw    bytes.Buffer
}

// Start starts a program with a terminal of its own, which is all of its standard files.
func Start(c *exec.Cmd, width, height int) (*Terminal, error) {
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	t := &Terminal{command: c, master: master, done: make(chan struct{}), screen: New(width, height)}
	slave, err := t.open(width, height)
	if err == nil {
		defer slave.Close()
		c.Stdin, c.Stdout, c.Stderr = slave, slave, slave
		c.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
		err = c.Start()
	}
	if err != nil {
		master.Close()
		return nil, err
	}
	go t.read()
	return t, nil
}

// open opens the program's side.
func (t *Terminal) open(width, height int) (*os.File, error) {
	fd := int(t.master.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		return nil, fmt.Errorf("unlocking a terminal: %w", err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		return nil, fmt.Errorf("the number of a terminal: %w", err)
	}
	if err := t.setSize(width, height); err != nil {
		return nil, err
	}
	return os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
}

func (t *Terminal) setSize(width, height int) error {
	return unix.IoctlSetWinsize(int(t.master.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Col: uint16(width), Row: uint16(height)})
}

// read shows what the program writes, until nobody can write any more.
func (t *Terminal) read() {
	defer close(t.done)
	buffer := make([]byte, 32<<10)
	for {
		n, err := t.master.Read(buffer)
		t.mu.Lock()
		t.screen.Write(buffer[:n])
		t.raw.Write(buffer[:n])
		t.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// Type is what somebody at the terminal does: "\x03" is Ctrl-C.
func (t *Terminal) Type(keys string) error {
	_, err := t.master.WriteString(keys)
	return err
}

// Resize changes the size of the terminal.
func (t *Terminal) Resize(width, height int) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.screen.Resize(width, height)
	return t.setSize(width, height)
}

// Look has the screen looked at, and all that was written to it.
func (t *Terminal) Look(at func(s *Screen, raw []byte)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	at(t.screen, t.raw.Bytes())
}

// Wait waits until the program has ended and all that it wrote is on the screen.
func (t *Terminal) Wait() error {
	err := t.command.Wait()
	<-t.done
	t.master.Close()
	return err
}
