package room

import (
	"encoding/binary"
	"fmt"
	"io"
	"strings"
)

// words are short and spelled the same in French and in English. There are 128, so that a random byte picks fairly.
const words = `
	accord album alto angle aria atlas atoll banjo baobab bison bonus bravo brio bronze cactus canal
	canyon cargo casino citron cobra coco colibri condor cosmos coyote crocus cube dahlia delta dodo duo
	eden ficus final forum fruit fusion gala gecko geyser ginkgo globe gong habitat halo hibiscus ibis
	igloo image impala iris jade jaguar jasmin jazz joker judo jungle kayak kiwi koala lama lion
	logo lotus lynx macaron magma mambo melon menu mimosa mistral motif mousse nectar nickel noble nylon
	oasis ocelot omega orange origami panda parade parasol pastel patio piano pixel pollen polka pomelo puma
	puzzle python quartz radar radio robot rondo rose rumba safari salsa samba satin sauna silo soda
	solo sonar sorbet sphinx studio sushi tango tapir tempo toast totem toucan trio tuba wagon zigzag`

// madeUpName is three words and four digits, such as tango-melon-piano-4071: about 34 random bits, which cannot be
// counted through as 1, 2, 3 can. It is read from random, which must not fail.
func madeUpName(random io.Reader) string {
	list := strings.Fields(words)
	var b [7]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		panic("room: the source of randomness failed: " + err.Error())
	}
	pick := func(i int) string { return list[int(b[i])%len(list)] }
	digits := binary.BigEndian.Uint32(b[3:]) % 10000 // the bias of 2^32 mod 10^4 is one in 400,000
	return fmt.Sprintf("%s-%s-%s-%04d", pick(0), pick(1), pick(2), digits)
}
