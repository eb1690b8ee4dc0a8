package cardreader

// answer is what a call returns.
type answer struct {
	timedOut bool
	err      error
	info     DeviceInfo
	already  bool
}

// call is the listener of one call. All but the channel is guarded by the
// extension's lock.
type call struct {
	extension *Extension
	kind      command
	answered  chan struct{} // closed with the first answer
	answer    answer
	has       bool
	over      bool // the caller has what it will return
}

// take keeps the first answer of a call that waits, and counts any other.
func (c *call) take(a answer) {
	c.extension.mu.Lock()
	defer c.extension.mu.Unlock()
	switch {
	case c.has:
		c.extension.stats.Duplicate++
	case c.over:
		c.extension.stats.Late++
	default:
		c.answer, c.has = a, true
		close(c.answered)
	}
}

// takeFor is take for callbacks that answer one kind of command only.
func (c *call) takeFor(kind command, callback string, a answer) {
	if c.kind != kind {
		a = answer{err: &UnexpectedError{Command: c.kind.String(), Callback: callback}}
	}
	c.take(a)
}

func (c *call) OnReturnDeviceInfo(info DeviceInfo) {
	c.takeFor(deviceInfo, "OnReturnDeviceInfo", answer{info: info})
}

func (c *call) OnUSBConnected() {
	c.takeFor(startUSB, "OnUSBConnected", answer{})
}

func (c *call) OnUSBAlreadyConnected() {
	c.takeFor(startUSB, "OnUSBAlreadyConnected", answer{already: true})
}

func (c *call) OnError(err error) { c.take(answer{err: err}) }

func (c *call) OnUSBDisconnected() { c.take(answer{err: ErrUnplugged}) }
