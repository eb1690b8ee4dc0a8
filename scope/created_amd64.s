#include "textflag.h"

// func caller() birthplace
//
// It has no frame of its own: BP is its caller's frame, where that one's BP and
// return address are, and so on. A BP of 0 ends the chain of a goroutine.
TEXT ·caller(SB), NOSPLIT|NOFRAME, $0-24
	MOVQ 8(BP), AX
	MOVQ AX, ret_0+0(FP)
	XORL AX, AX
	XORL DX, DX
	MOVQ 0(BP), CX
	TESTQ CX, CX
	JZ   done
	MOVQ 8(CX), AX
	MOVQ 0(CX), CX
	TESTQ CX, CX
	JZ   done
	MOVQ 8(CX), DX
done:
	MOVQ AX, ret_1+8(FP)
	MOVQ DX, ret_2+16(FP)
	RET
