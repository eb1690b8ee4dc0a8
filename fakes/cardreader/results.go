package cardreader

import (
	"fmt"
	"time"
)

// DeviceInfoResult is the outcome of [Extension.DeviceInfo], one of
// [DeviceInfoSuccess], [DeviceInfoFailure] and [DeviceInfoTimeout].
type DeviceInfoResult interface{ deviceInfoResult() }

// DeviceInfoSuccess: the device answered, and the answer makes sense.
type DeviceInfoSuccess struct{ Info DeviceInfo }

// DeviceInfoFailure: the device answered with an error or with nonsense
// ([*PayloadError]), the cable was pulled ([ErrUnplugged]), or the caller was
// cancelled (the cause of its context).
type DeviceInfoFailure struct{ Err error }

// DeviceInfoTimeout: no answer within After.
type DeviceInfoTimeout struct{ After time.Duration }

func (DeviceInfoSuccess) deviceInfoResult() {}
func (DeviceInfoFailure) deviceInfoResult() {}
func (DeviceInfoTimeout) deviceInfoResult() {}

// StartUSBResult is the outcome of [Extension.StartUSB], one of
// [StartUSBSuccess], [StartUSBAlreadyConnected], [StartUSBFailure] and
// [StartUSBTimeout].
type StartUSBResult interface{ startUSBResult() }

// StartUSBSuccess: the device is connected now.
type StartUSBSuccess struct{}

// StartUSBAlreadyConnected: the device was connected before.
type StartUSBAlreadyConnected struct{}

// StartUSBFailure: as for [DeviceInfoFailure].
type StartUSBFailure struct{ Err error }

// StartUSBTimeout: no answer within After. The device may be connected.
type StartUSBTimeout struct{ After time.Duration }

func (StartUSBSuccess) startUSBResult()          {}
func (StartUSBAlreadyConnected) startUSBResult() {}
func (StartUSBFailure) startUSBResult()          {}
func (StartUSBTimeout) startUSBResult()          {}

// PayloadError is an answer of the device that cannot be true.
type PayloadError struct {
	Field string // battery, serial or firmware
	Value string
}

// Error names the field and the value.
func (e *PayloadError) Error() string {
	return fmt.Sprintf("cardreader: the device answered with the %s %q", e.Field, e.Value)
}

// UnexpectedError is a callback of another command than the one that was given.
type UnexpectedError struct {
	Command, Callback string
}

// Error names both.
func (e *UnexpectedError) Error() string {
	return fmt.Sprintf("cardreader: %s was answered by %s", e.Command, e.Callback)
}
