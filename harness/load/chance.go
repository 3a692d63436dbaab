package load

// A chance is a sequence of numbers that look random (splitmix64: Steele, Lea
// and Flood, Fast Splittable Pseudorandom Number Generators, 2014). It is one
// word, so that each iteration can have its own.
type chance uint64

func (c *chance) next() uint64 {
	*c += 0x9e3779b97f4a7c15
	return mix(uint64(*c))
}

func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// chanceOf is that of the n-th iteration for one purpose: it depends on the
// seed and on n alone, not on which worker plays it.
func chanceOf(seed uint64, n int, purpose uint64) chance {
	return chance(mix(mix(seed^0x5ea3)+uint64(n)) ^ mix(purpose))
}

// The purposes of chance.
const (
	forFlow = iota + 1
	forThink
	forUUID
	forRow // and one for each feeder
)
