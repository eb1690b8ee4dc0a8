package racelog

import "os"

// own is the file of this process' detector, "" if it writes to none. The detector
// has read GORACE before anything of Go ran: what this process starts gets the
// user's own again, and writes where it always would.
var own = inherit()

func inherit() string {
	path, _ := option(os.Getenv(envDetector), logPath)
	if users, squalls := os.LookupEnv(envUsers); squalls {
		_ = os.Unsetenv(envUsers)
		_ = os.Setenv(envDetector, users)
		if users == "" {
			_ = os.Unsetenv(envDetector)
		}
	}
	switch path {
	case "", "stderr", "stdout":
		return ""
	}
	return fileOf(path, os.Getpid())
}

// Mark is a place in the log of this process' detector: its end.
func Mark() int64 {
	if own == "" {
		return 0
	}
	info, err := os.Stat(own)
	if err != nil {
		return 0 // the detector makes the file when it has something to say
	}
	return info.Size()
}

// Since is what the detector has told of since the mark, in that order; none if it
// writes to no file, or the file cannot be read.
func Since(mark int64) []Race {
	if own == "" {
		return nil
	}
	return Parse(readFrom(own, mark))
}
