package publish

import "github.com/squall-go/squall/internal/commandline"

// Option changes what [Of] makes.
type Option func(*options)

type options struct {
	replay func(tape string, race bool) string
	dir    string
}

// Replay gives the command that replays a tape, with the race detector or without,
// and the directory that it is to be typed in. Without it the command is that of an
// installed squall.
func Replay(command func(tape string, race bool) string, dir string) Option {
	return func(o *options) { o.replay, o.dir = command, dir }
}

func optionsOf(given []Option) *options {
	o := &options{replay: commandline.Caller{}.Replay}
	for _, option := range given {
		option(o)
	}
	return o
}
