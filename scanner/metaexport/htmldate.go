package metaexport

import (
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxDateRunes bounds the text of a date. The longest form seen, with weekday and zone, has 60.
const maxDateRunes = 120

// monthNames are the names and abbreviations, folded (see foldDate), of the languages in which Meta writes dates:
// German, English, French, Spanish, Italian, Portuguese, Dutch, Polish (both cases), Turkish, Swedish, and, because
// they cost nothing, Danish, Norwegian, Romanian, Czech, Hungarian, Finnish and Indonesian. Vietnamese counts its months.
// No word means two months in two of these languages; a test says so.
var monthNames = [12]string{
	"january jan january januar janner jan janvier janv enero ene gennaio gen janeiro jan januari styczen stycznia sty ocak oca ianuarie ian leden ledna janoz tammikuuta tammi jaanuar",
	"february feb februar feber fevrier fevr fev febrero febbraio fevereiro februari luty lutego lut subat sub februarie unor unora helmikuuta helmi februari",
	"march mar marz mrz mars marzo marco maart mrt marzec marca mart martie brezen brezna maaliskuuta maalis maret marts",
	"april apr avril avr abril abr aprile kwiecien kwietnia kwi nisan nis aprilie duben dubna huhtikuuta huhti",
	"may mai mayo maggio mag maio mei maj maja mayis kveten kvetna toukokuuta touko",
	"june jun juni juin junio giugno giu junho czerwiec czerwca cze haziran haz iunie iun cerven cervna kesakuuta kesa",
	"july jul juli juillet juil julio luglio lug julho lipiec lipca lip temmuz tem iulie iul cervenec cervence heinakuuta heina",
	"august aug aout agosto ago augustus sierpien sierpnia sie agustos agu agt srpen srpna elokuuta elo augusti agustus",
	"september sep sept septembre septiembre settembre set setembro setiembre wrzesien wrzesnia wrz eylul eyl septembrie zari syyskuuta syys",
	"october oct oktober okt octobre octubre ottobre ott outubro out pazdziernik pazdziernika paz ekim eki octombrie rijen rijna lokakuuta loka",
	"november nov novembre noviembre novembro listopad listopada lis kasim kas noiembrie noi marraskuuta marras",
	"december dec dezember dez decembre diciembre dic dicembre dezembro grudzien grudnia gru aralik ara decembrie prosinec prosince joulukuuta joulu desember des",
}

var months = func() map[string]time.Month {
	m := make(map[string]time.Month)
	for i, names := range monthNames {
		for name := range strings.FieldsSeq(names) {
			m[name] = time.Month(i + 1)
		}
	}
	return m
}()

// Words for halves of the day, folded, in the same languages. "noon" words keep 12 and 1 to 3 in the afternoon.
var (
	morning = wordSet("am vorm vormittags morgens sang sa manha madrugada manana mattina matin rano oo fm formiddag ap dop pagi 上午 오전 午前")
	evening = wordSet("pm nachm nachmittags abends nachts chieu toi ch tarde noite noche sera pomeriggio midi apres soir popoludniu wieczorem os em eftermiddag ip odp du siang sore malam trua 下午 晚上 오후 午後")
)

// glue are the words that stand between the parts of a date, and the days of the week, folded.
var glue = wordSet("montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag monday tuesday wednesday thursday friday saturday sunday " +
	"lundi mardi mercredi jeudi vendredi samedi dimanche lunes martes miercoles jueves viernes sabado domingo lunedi martedi mercoledi giovedi venerdi sabato domenica " +
	"segunda terca quarta quinta sexta feira maandag dinsdag woensdag donderdag vrijdag zaterdag zondag poniedzialek wtorek sroda czwartek piatek sobota niedziela " +
	"pazartesi sali carsamba persembe cuma cumartesi pazar mandag tisdag onsdag torsdag fredag lordag sondag thu hai ba tu nam sau bay chu nhat " +
	"um uhr den der am at on the le a la las del de da do as alle ore il di om op kl klockan den o godz godzinie saat luc vao klo ora at utc gmt och et y e i")

func wordSet(words string) map[string]bool {
	set := make(map[string]bool)
	for w := range strings.FieldsSeq(words) {
		set[w] = true
	}
	return set
}

// localTime is a date as somebody in an unknown zone would read it from a clock.
type localTime struct {
	year           int
	month          time.Month
	day            int
	hour, min, sec int
	clock          bool          // the text had a time of day
	offset         time.Duration // where the text has one: "UTC+07:00"
	offsetKnown    bool
	words, numbers int // what of the text was no part of the date
}

func (t localTime) in(zone *time.Location) time.Time {
	return time.Date(t.year, t.month, t.day, t.hour, t.min, t.sec, 0, zone).UTC()
}

var (
	clockPattern = regexp.MustCompile(`(\d{1,2})(?::|h)(\d{2})(?::(\d{2}))?`)
	// dottedClock is a time as Danish and Finnish write it: only behind a blank, so that 24.11.2023 is none.
	dottedClock   = regexp.MustCompile(`(?:\s|kl\.?\s)(\d{1,2})\.(\d{2})(?:\.(\d{2}))?(?:\s|$)`)
	offsetPattern = regexp.MustCompile(`(?:utc|gmt)\s*([+\-−])\s*(\d{1,2})(?::?(\d{2}))?`)
	dateToken     = regexp.MustCompile(`\d+|\p{L}+`)
	cjkDate       = regexp.MustCompile(`(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일]`)
	numericDate   = regexp.MustCompile(`(\d{1,4})([./-])\s?(\d{1,2})[./-]\s?(\d{2,4})`)
)

// figures counts digits: most texts have too few for a date, and need no closer look.
func figures(s string) int {
	n := 0
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			n++
		}
	}
	return n
}

// foldDate takes away what spelling adds: case, accents, dots behind abbreviations, kinds of blanks.
func foldDate(s string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(s)) {
		switch {
		case unicode.Is(unicode.Mn, r), r == '\u200e', r == '\u200f', r == '\u200b':
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		case r == 'ł':
			b.WriteByte('l')
		case r == 'ı':
			b.WriteByte('i')
		case r == 'đ':
			b.WriteByte('d')
		case r == 'ø':
			b.WriteByte('o')
		default:
			b.WriteRune(r)
		}
	}
	return strings.TrimSpace(norm.NFC.String(b.String()))
}

// clockMark stands in a folded text where its time of day stood.
const clockMark = "qclockq"

// dottedHalf joins "p. m." and "a.m." into one word.
var dottedHalf = regexp.MustCompile(`\b([ap])\.? ?m\b\.?`)

// parseDate reads the localized dates of HTML exports. It takes the text apart instead of trying formats, because the
// order follows the language while the words alone tell which number is what. ok is false where there is no whole date.
func parseDate(text string) (t localTime, ok bool) {
	if len(text) > 8*maxDateRunes || figures(text) < 3 || utf8.RuneCountInString(text) > maxDateRunes {
		return t, false
	}
	s := foldDate(text)
	if m := offsetPattern.FindStringSubmatchIndex(s); m != nil {
		hours, _ := strconv.Atoi(s[m[4]:m[5]])
		minutes := 0
		if m[6] >= 0 {
			minutes, _ = strconv.Atoi(s[m[6]:m[7]])
		}
		t.offset = time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
		if s[m[2]:m[3]] != "+" {
			t.offset = -t.offset
		}
		t.offsetKnown = t.offset >= -14*time.Hour && t.offset <= 14*time.Hour
		s = s[:m[0]] + " " + s[m[1]:]
	}
	s = dottedHalf.ReplaceAllString(s, " ${1}m ")
	if m := clockPattern.FindStringSubmatchIndex(s); m != nil {
		t.setClock(s, m)
		s = s[:m[0]] + " " + clockMark + " " + s[m[1]:]
	}
	pm, am, behind := false, false, false
	year, numbers := 0, []int(nil)
	if m := cjkDate.FindStringSubmatch(s); m != nil {
		numbers = []int{figure(m[2]), figure(m[3])}
		year, t.month, t.day = figure(m[1]), time.Month(numbers[0]), numbers[1]
		s = strings.Replace(s, m[0], " ", 1)
		numbers = nil
	} else if m := numericDate.FindStringSubmatch(s); m != nil {
		year, t.month, t.day = numericOrder(m)
		s = strings.Replace(s, m[0], " ", 1)
	}
	if !t.clock {
		if m := dottedClock.FindStringSubmatchIndex(s); m != nil {
			t.setClock(s, m)
			s = s[:m[0]] + " " + clockMark + " " + s[m[1]:]
		}
	}
	tokens := dateToken.FindAllString(s, -1)
	for i := 0; i < len(tokens); i++ {
		w := tokens[i]
		if w[0] >= '0' && w[0] <= '9' {
			switch n := figure(w); {
			case len(w) == 4 && year == 0:
				year = n
			case len(w) <= 2:
				numbers = append(numbers, n)
			default:
				t.numbers++
			}
			continue
		}
		month, named := months[w]
		switch {
		case w == clockMark:
			behind = true
		case w == "em" && !behind:
			// Portuguese for "on"; behind the clock it is Swedish for "in the afternoon".
		case (w == "thang" || w == "thg") && i+1 < len(tokens) && t.month == 0 && figure(tokens[i+1]) >= 1 && figure(tokens[i+1]) <= 12:
			i++
			t.month = time.Month(figure(tokens[i]))
		case named && t.month == 0 && !(morning[w] || evening[w]):
			t.month = month
		case morning[w]:
			am = true
		case evening[w]:
			pm = true
		case glue[w]:
		default:
			t.words++
		}
	}
	if t.day == 0 && len(numbers) > 0 {
		t.day, numbers = numbers[0], numbers[1:]
	}
	t.numbers += len(numbers)
	switch {
	case pm && t.hour < 12:
		t.hour += 12
	case am && !pm && t.hour == 12:
		t.hour = 0
	}
	if year > 0 && year < 100 {
		year += 2000
	}
	t.year = year
	valid := t.year >= 1990 && t.year <= 2100 && t.month >= 1 && t.month <= 12 && t.day >= 1 &&
		t.hour <= 23 && t.min <= 59 && t.sec <= 59
	if !valid || time.Date(t.year, t.month, t.day, 0, 0, 0, 0, time.UTC).Day() != t.day {
		return localTime{}, false
	}
	return t, true
}

func (t *localTime) setClock(s string, m []int) {
	t.clock = true
	t.hour, t.min = figure(s[m[2]:m[3]]), figure(s[m[4]:m[5]])
	if m[6] >= 0 {
		t.sec = figure(s[m[6]:m[7]])
	}
}

// figure reads figures that are too long as -1.
func figure(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil || n > 9999 {
		return -1
	}
	return n
}

// numericOrder tells day and month apart: ISO has the year first, everybody else whom Meta writes for the day first;
// only where that is impossible the month.
func numericOrder(m []string) (year int, month time.Month, day int) {
	a, b, c := figure(m[1]), figure(m[3]), figure(m[4])
	if len(m[1]) == 4 {
		return a, time.Month(b), c
	}
	if b > 12 {
		a, b = b, a
	}
	return c, time.Month(b), a
}

// isDate reports whether a text is a date and nothing else. A weekday belongs to it, and so do the words in between.
func isDate(text string) (localTime, bool) {
	t, ok := parseDate(text)
	return t, ok && t.words <= 2 && t.numbers == 0
}

var yearShape = regexp.MustCompile(`\b(?:19|20)\d\d\b`)

// looksLikeDate reports whether a text is a date with a time of day, without a word like "Updated" in front. In
// languages that nobody taught us that is a short text with a year and a clock.
func looksLikeDate(text string) bool {
	if len(text) > 4*maxDateRunes || figures(text) < 7 { // a year and a clock
		return false
	}
	if t, ok := parseDate(text); ok {
		return t.clock && t.words == 0 && t.numbers == 0
	}
	return utf8.RuneCountInString(text) <= 48 && yearShape.MatchString(text) && clockPattern.MatchString(text) &&
		len(strings.Fields(text)) <= 8
}
