package cardreader

import "github.com/squall-go/squall/faults"

var subscribePoint = faults.Site{
	Name:   "subscribe",
	Doc:    "a listener is about to be installed",
	Allows: faults.Error | faults.Delay | faults.CancelTask | faults.CancelParent | faults.CancelRoot | faults.Deadline,
}

var commandPoint = faults.Site{
	Name:   "command",
	Doc:    "a command is about to be sent to the device",
	Allows: faults.Error | faults.Panic | faults.Goexit | faults.Delay | faults.CancelTask | faults.CancelParent | faults.CancelRoot | faults.Deadline | faults.Drop,
}

var listenPoint = faults.Site{
	Name:   "listen",
	Doc:    "the command is out and its caller does not wait for the callback yet: what arrives now is early",
	Allows: faults.Delay | faults.CancelTask | faults.CancelParent | faults.CancelRoot | faults.Deadline,
}

var wakePoint = faults.Site{
	Name: "wake",
	Doc:  "the caller waited and has not looked yet what ended the wait",
}

var usbPoint = faults.Site{
	Name:   "usb",
	Doc:    "the device has the command and starts on it",
	Allows: faults.Delay | faults.Close,
}

var devicePoint = faults.Site{
	Name: "device",
	Doc:  "the device's time for the command is over",
}

var payloadPoint = faults.Site{
	Name:   "payload",
	Doc:    "the device has read its own data",
	Allows: faults.Corrupt,
}

var callbackPoint = faults.Site{
	Name:   "callback",
	Doc:    "the listener is about to be called, on the device's goroutine",
	Allows: faults.Error | faults.Delay | faults.Drop | faults.Duplicate | faults.Late | faults.Reorder | faults.Corrupt,
}

var pollPoint = faults.Site{
	Name: "poll",
	Doc:  "a naive caller slept and has not looked yet at the shared fields",
}
