package cardreader

import "errors"

// DeviceInfo is what the device tells about itself. Nothing in it is checked.
type DeviceInfo struct {
	Battery  int    // percent
	Firmware string // as in 4.11.2
	Serial   string
	// Reading is how many readings the device was asked for, this one
	// included. It is for judges, who know when each was asked for. A client
	// does not: it may not be the only one who asks.
	Reading int
}

// Listener gets what comes back from the device, on a goroutine of the device's.
// A callback must not block, and must not call the [Controller].
type Listener interface {
	// OnReturnDeviceInfo answers GetDeviceInfo.
	OnReturnDeviceInfo(DeviceInfo)
	// OnUSBConnected and OnUSBAlreadyConnected answer StartUSB.
	OnUSBConnected()
	OnUSBAlreadyConnected()
	// OnError answers a command that failed. It does not say which.
	OnError(error)
	// OnUSBDisconnected says that the cable was pulled. Commands that were
	// under way are not answered any more.
	OnUSBDisconnected()
}

// Errors of the device.
var (
	// ErrUnplugged: the device is not, or no longer, on the cable.
	ErrUnplugged = errors.New("cardreader: the device is unplugged")
	// ErrGarbled: the device answered something that cannot be read.
	ErrGarbled = errors.New("cardreader: the answer is garbled")
	// ErrClosed: the controller was closed.
	ErrClosed = errors.New("cardreader: the controller is closed")
)
