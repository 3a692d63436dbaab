package load

import "time"

// A session is one iteration of a flow: the values that it has gathered, and
// where it stands. Its buffers are used again by later iterations.
type session struct {
	script  *script
	n       int // of the iteration
	flow    *flowPlan
	at      int // the step that is next or under way
	counted bool
	chance  chance // of this iteration, by the seed
	unique  chance // of this iteration in this run
	values  [][]byte
	rows    []int
	scratch []byte
}

func (s *session) step() *stepPlan { return s.flow.steps[s.at] }

// more goes to the next step; false: there is none.
func (s *session) more() bool {
	s.at++
	return s.at < len(s.flow.steps)
}

// thinks is how long the user waits after the step that has just ended.
func (s *session) thinks() time.Duration {
	step := s.flow.steps[s.at]
	if step.most <= step.think {
		return step.think
	}
	return step.think + time.Duration(s.chance.next()%uint64(step.most-step.think+1))
}

// A cast begins the iterations of one worker and keeps the sessions that have
// ended for those that follow. Which flow an iteration is of, and which rows it
// has, depends on the seed and its number alone, so workers need not agree.
type cast struct {
	script *script
	unique uint64 // of the run
	most   int    // iterations at a time
	alive  int
	spare  []*session
	seen   int     // iterations looked at so far
	dealt  []int64 // rows of each table that is read in turn, by then
}

// mostIterations bounds those under way in one run; more wait, and count as late.
const mostIterations = 65_536

func newCast(s *script, unique uint64, most int) *cast {
	return &cast{script: s, unique: unique, most: most, dealt: make([]int64, len(s.tables))}
}

// full reports whether another iteration must wait.
func (c *cast) full() bool { return c.alive >= c.most }

// begin begins iteration n, which must be larger than any before.
func (c *cast) begin(n int) *session {
	var s *session
	if last := len(c.spare) - 1; last >= 0 {
		s, c.spare = c.spare[last], c.spare[:last]
	} else {
		s = &session{script: c.script, values: make([][]byte, c.script.slots), rows: make([]int, len(c.script.tables))}
	}
	c.alive++
	s.n, s.at = n, 0
	s.chance = chanceOf(c.script.seed, n, forThink)
	s.unique = chanceOf(c.unique, n, forUUID)
	s.flow = c.script.choose(n)
	c.deal(s)
	return s
}

// end takes a session back.
func (c *cast) end(s *session) {
	c.alive--
	const kept = 4 << 10 // bytes of a value that a spare session may hold on to
	for i := range s.values {
		if cap(s.values[i]) > kept {
			s.values[i] = nil
		}
		s.values[i] = s.values[i][:0]
	}
	c.spare = append(c.spare, s)
}

// choose is the flow of iteration n.
func (s *script) choose(n int) *flowPlan {
	if len(s.flows) == 1 {
		return s.flows[0]
	}
	drawn := chanceOf(s.seed, n, forFlow)
	at := drawn.next() % s.total
	for _, f := range s.flows {
		if at < f.below {
			return f
		}
	}
	return s.flows[len(s.flows)-1]
}

// deal gives the iteration its rows. In turn means in the order of all
// iterations whose flow takes one, so those of other workers are counted too.
func (c *cast) deal(s *session) {
	if len(c.dealt) == 0 {
		return
	}
	for ; c.seen < s.n; c.seen++ {
		for _, at := range c.script.choose(c.seen).feeds {
			c.dealt[at]++
		}
	}
	for _, at := range s.flow.feeds {
		rows := c.script.tables[at].rows
		if c.script.random[at] {
			drawn := chanceOf(c.script.seed, s.n, forRow+uint64(at))
			s.rows[at] = int(drawn.next() % uint64(rows))
			continue
		}
		s.rows[at] = int(c.dealt[at] % int64(rows))
	}
}
