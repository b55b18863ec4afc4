package devisa

import (
	"bufio"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// server is the binary under test: a running `devisa up` with its data in a folder.
type server struct {
	address string
	process *exec.Cmd
	closed  chan struct{}
}

var listens = regexp.MustCompile(`http://(127\.0\.0\.1:\d+)`)

// startServer starts it and waits until it says where it listens. listen may name the port to take.
func startServer(t *testing.T, folder, listen string) *server {
	t.Helper()
	binary := os.Getenv("DEVISA_BINARY")
	if binary == "" {
		t.Fatal("DEVISA_BINARY names no binary")
	}
	process := exec.Command(binary, "up", "--data-dir="+folder, "--listen="+listen)
	// Settings of the developer's own shell are none of this server's.
	for _, setting := range os.Environ() {
		if !strings.HasPrefix(setting, "DEVISA_") {
			process.Env = append(process.Env, setting)
		}
	}
	process.Stderr = os.Stderr
	output, err := process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	started := &server{process: process, closed: make(chan struct{})}
	address := make(chan string, 1)
	go func() {
		defer close(started.closed)
		// Read to the end: a full pipe would stop the server.
		for lines := bufio.NewScanner(output); lines.Scan(); {
			if found := listens.FindStringSubmatch(lines.Text()); found != nil {
				address <- found[1]
			}
		}
	}()
	select {
	case started.address = <-address:
	case <-started.closed:
		t.Fatalf("gone before it listened: %v", process.Wait())
	case <-time.After(time.Minute):
		_ = process.Process.Kill()
		t.Fatal("no address within a minute")
	}
	return started
}

// stop asks it to stop, and waits; it must go in good order.
func (s *server) stop(t *testing.T) {
	t.Helper()
	if err := s.process.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-s.closed
	if err := s.process.Wait(); err != nil {
		t.Fatal(err)
	}
}

// crash ends it as a power failure would.
func (s *server) crash(t *testing.T) {
	t.Helper()
	if err := s.process.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-s.closed
	_ = s.process.Wait()
}
