package result

// Capacity is how many participants a server carried before the quality bar broke.
type Capacity struct {
	Version  string `json:"version"`
	Scenario string `json:"scenario"`
	Bar      Bar    `json:"bar"`
	Carries  int    `json:"carries"` // the most that met the bar; 0 when not even the first step did
	Breaks   int    `json:"breaks"`  // the fewest that did not; 0 when all that was tried did
	First    string `json:"first"`   // what gives first: one of the words below
	Sentence string `json:"sentence"`
	Ended    bool   `json:"ended_early"` // time ran out, or somebody ended it: the truth lies between carries and breaks
	Steps    []Step `json:"steps"`       // in the order of running
}

// Step is one run of the search.
type Step struct {
	Participants int     `json:"participants"`
	Met          bool    `json:"met"`
	Report       *Report `json:"report"`
}

// What can give first.
const (
	FirstCPU     = "cpu"
	FirstMemory  = "memory"
	FirstLine    = "line"
	FirstRoom    = "room"      // the room, or the server, has no more seats
	FirstTester  = "tester"    // the machine that runs the load test, which is not the server's
	FirstTool    = "tool"      // the load test simulates no more
	FirstUnknown = "not known" // nothing that can be seen from here
	FirstNone    = ""          // nothing yet: the search ended early
)
