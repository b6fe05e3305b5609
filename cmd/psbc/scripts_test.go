package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"
)

// TestMain makes the command itself available to the scripts as "psbc".
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"psbc": main})
}

// requireScripts fails when a directory holds no script, which would pass unseen.
func requireScripts(t *testing.T, dir string) {
	t.Helper()
	scripts, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
	require.NoError(t, err)
	require.NotEmpty(t, scripts, "no scripts in %s", dir)
}

func TestScriptsWithoutANetwork(t *testing.T) {
	dir := filepath.Join("testdata", "offline")
	requireScripts(t, dir)
	testscript.Run(t, testscript.Params{
		Dir:                 dir,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds:                scriptCommands(),
		Setup: func(env *testscript.Env) error {
			inheritRace(env)
			return nil
		},
	})
}

// inheritRace hands the race detector's settings on to the commands of a script, whose
// environment is otherwise their own: scripts/unit.sh has them end without a pause.
func inheritRace(env *testscript.Env) { env.Setenv("GORACE", os.Getenv("GORACE")) }

// scriptCommands are the scripts' own commands.
func scriptCommands() map[string]func(ts *testscript.TestScript, neg bool, args []string) {
	return map[string]func(ts *testscript.TestScript, neg bool, args []string){
		"exits":       exits,
		"hostilefile": hostileFile,
		"tear":        tear,
	}
}

// exits runs a command and checks its exit code: exits CODE command args...
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE command args...")
	}
	code := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		ended, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("did not run: %v", err)
		}
		code = ended.ExitCode()
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d, not %s", code, args[0])
	}
}

// hostileFile makes a file, in the folder "hostile", whose name clears a terminal.
// An archive cannot hold one.
func hostileFile(ts *testscript.TestScript, _ bool, _ []string) {
	dir := ts.MkAbs("hostile")
	ts.Check(os.Mkdir(dir, 0o755))
	ts.Check(os.WriteFile(filepath.Join(dir, "\x1b[2Jname"), nil, 0o644))
}

// tear cuts the end off a file, as a process does that is killed while it writes.
func tear(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: tear FILE")
	}
	path := ts.MkAbs(args[0])
	info, err := os.Stat(path)
	ts.Check(err)
	ts.Check(os.Truncate(path, info.Size()-10))
}
