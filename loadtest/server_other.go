//go:build !linux

package loadtest

// Looking at processes needs /proc.

func findListener(uint16) *processUsage { return nil }
func readProcess(int) *processUsage     { return nil }
func ownUsage() *processUsage           { return nil }
