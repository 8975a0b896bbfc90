package classify

import (
	"slices"
	"strings"
	"sync"
)

// frequent are the words by which a language is known: common ones that its neighbours do not have. A word in several
// lists speaks for each.
var frequent = map[string]string{
	"de": `der die das und ist nicht mit für auf den von zu wir ihr sie ein eine einen dem des im am bei uns unser unsere unserem unseren euch
		auch noch nur wie was wer wenn dann oder aber sich es heute morgen jetzt hat haben sind war wird werden kann mehr zum zur vom nach
		über danke herzlich ab bis uhr gibt beim schon mal ganz sehr viel neue neuen neues jahr jahre seit durch alle alles wieder ich du mein`,
	"en": `the and is are was were of to in for with on you your our we this that have has had from it be not they their at by an as so
		what when who how just all more new here out about will can it's i'm we're don't today thanks thank us my me happy one up its been`,
	"fr": `le la les et est une des du pour avec dans vous nous notre nos votre vos pas sur au aux ce cette qui que merci plus sont être
		tout tous toute bonjour nouveau nouvelle aujourd'hui en un ont a été leur leurs`,
	"it": `il lo gli e è una di per con nel nella che non del della dei delle alla al da siamo nostro nostra nostri grazie vi anche sono
		questo questa oggi più tutti tutto buon buona`,
	"es": `el los las y es una un de para con en que no del al por nuestro nuestra nuestros gracias más son hoy todos todo este esta muy se
		qué su sus hasta`,
	"nl": `de het een en is niet met voor van op wij ons onze je jullie bij zijn naar ook nog aan dat dit wordt worden heeft hebben maar
		gefeliciteerd bedankt vandaag nieuwe`,
	"pl": `i w na z do się nie jest to że jak dla od po przez za nasz nasza nasze naszych dzisiaj dziś dziękujemy są już tylko oraz czy
		zapraszamy dzień pracy szukamy o`,
	"tr": `ve bir bu için ile de da çok daha olarak ne var yok bizim sizin size bize teşekkürler bugün yeni hoş geldin geldiniz mutlu
		tüm kadar gibi en`,
	"pt": `o os as e é uma um de para com em que não do da dos das por nosso nossa obrigado mais são hoje todos muito`,
	// Dialects: words that the standard language does not have.
	"gsw": `isch nöd nid mir hüt gsi het hend händ hän und uf vo üs oisi eusi üsi üsere au scho chunt cho git dr em dä d mit für
		eus mer merci vil guet ganz ghört gmacht öppis öpper zäme uf'm wie gits`,
	"bar": `is ned mia mir unsa unsare hod ham hot ois oans a an des mim scho heid heit hoid da de und im vo san miassn gibts guad
		i bin wos wia nimma kriagt servus servas griaß aa kimmt`,
}

// languages are the languages of frequent; of two with as many votes the first one counts.
var languages = [...]string{"de", "en", "fr", "it", "es", "nl", "pl", "tr", "pt", "gsw", "bar"}

// ballot is votes for each of languages.
type ballot [len(languages)]float64

func (b *ballot) of(lang string) *float64 { return &b[slices.Index(languages[:], lang)] }

var frequentWords = func() map[string][]int {
	m := map[string][]int{}
	for l, lang := range languages {
		for w := range strings.FieldsSeq(frequent[lang]) {
			w = foldString(w)
			m[w] = append(m[w], l)
		}
	}
	return m
}()

var foldings = sync.Pool{New: func() any { return new(folded) }}

// Language guesses the language of a text as a BCP 47 tag, by a vote of frequent words. Where the text is too short to
// tell, it is fallback.
func Language(text, fallback string) string {
	if len(text) > 2000 {
		text = text[:2000]
	}
	f := foldings.Get().(*folded)
	defer foldings.Put(f)
	f.take(text, nil)
	var votes ballot
	for i := range f.words {
		langs := frequentWords[string(f.form(i))]
		for _, l := range langs {
			votes[l] += 1 / float64(len(langs))
		}
	}
	for _, r := range text {
		switch r {
		case 'ä', 'ö', 'ü', 'Ä', 'Ö', 'Ü':
			*votes.of("de") += 0.1
		case 'ß':
			*votes.of("de") += 0.5
		case 'ł', 'ż', 'ś', 'ę', 'ą', 'ź', 'ń':
			*votes.of("pl") += 0.4
		case 'ş', 'ğ', 'ı', 'İ':
			*votes.of("tr") += 0.4
		case 'è', 'ê', 'à', 'ù', 'ç':
			*votes.of("fr") += 0.2
		case 'ñ', '¿', '¡':
			*votes.of("es") += 0.5
		case 'ã', 'õ':
			*votes.of("pt") += 0.5
		}
	}
	best, most, second := fallback, 0.0, 0.0
	for l, lang := range languages {
		v := votes[l]
		switch {
		case v > most:
			second, best, most = most, lang, v
		case v > second:
			second = v
		}
	}
	home := slices.Index(languages[:], base(fallback))
	if most < 1 || most < second*1.05 && home >= 0 && votes[home] >= second {
		return fallback
	}
	return best
}

func base(tag string) string {
	b, _, _ := strings.Cut(tag, "-")
	return b
}
