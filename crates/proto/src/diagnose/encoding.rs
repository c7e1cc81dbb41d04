//! Text in an encoding other than UTF-8, recognised by what its characters are.
//!
//! Almost any bytes decode in several encodings. For example, `BE C8 B3 E7` is `안녕` in EUC-KR and
//! `救崇` in GBK. So a reading counts only if its characters are everyday ones: frequent ideographs
//! or syllables, kana, Cyrillic words that can be spoken, or a few accented letters within words.
//! Short and unusual texts remain unknown.

use alloc::vec::Vec;

use encoding_rs::{
    BIG5, EUC_JP, EUC_KR, Encoding, GBK, IBM866, ISO_8859_5, KOI8_U, SHIFT_JIS, UTF_16BE, UTF_16LE,
    WINDOWS_1251, WINDOWS_1252, WINDOWS_1255,
};

use super::cause::Reading;
use super::text::is_text;

type IsPlausible = fn(&str) -> bool;

/// The encodings that are recognised, with the test of a text in each.
const ENCODINGS: [(&str, &Encoding, IsPlausible); 11] = [
    ("GBK", GBK, |text| is_chinese(text, SIMPLIFIED)),
    ("Big5", BIG5, |text| is_chinese(text, TRADITIONAL)),
    ("Shift_JIS", SHIFT_JIS, is_japanese),
    ("EUC-JP", EUC_JP, is_japanese),
    ("EUC-KR", EUC_KR, is_korean),
    ("windows-1251", WINDOWS_1251, is_russian),
    ("KOI8-R", KOI8_U, is_russian),
    ("IBM866", IBM866, is_russian),
    ("ISO-8859-5", ISO_8859_5, is_russian),
    ("windows-1255", WINDOWS_1255, is_hebrew),
    ("Latin-1", WINDOWS_1252, is_western),
];

/// Returns the one or two plausible readings of bytes that are not UTF-8, or none.
pub(super) fn readings(bytes: &[u8]) -> Vec<Reading> {
    if let Some(text) = utf16(bytes) {
        return [text].into();
    }
    let plausible = ENCODINGS
        .iter()
        .filter_map(|(name, encoding, is_plausible)| {
            let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
            let is_plausible = text.chars().all(is_text) && is_plausible(&text);
            is_plausible.then(|| Reading::new(name, &text))
        });
    let readings: Vec<Reading> = plausible.collect();
    if readings.len() <= 2 {
        readings
    } else {
        Vec::new()
    }
}

/// Reads UTF-16 that begins with a byte-order mark, or is three or more characters of ASCII.
pub(super) fn utf16(bytes: &[u8]) -> Option<Reading> {
    let (units, []) = bytes.as_chunks::<2>() else {
        return None;
    };
    let (name, encoding, text) = match bytes {
        [0xFE, 0xFF, text @ ..] => ("UTF-16BE", UTF_16BE, text),
        [0xFF, 0xFE, text @ ..] => ("UTF-16LE", UTF_16LE, text),
        _ if units.len() < 3 => return None,
        _ if units.iter().all(|unit| unit[0] == 0) => ("UTF-16BE", UTF_16BE, bytes),
        _ if units.iter().all(|unit| unit[1] == 0) => ("UTF-16LE", UTF_16LE, bytes),
        _ => return None,
    };
    let text = encoding.decode_without_bom_handling_and_without_replacement(text)?;
    (!text.is_empty() && text.chars().all(is_text)).then(|| Reading::new(name, &text))
}

/// The ideographs that make up more than half of most modern Chinese texts, and of the messages of
/// programs.
const SIMPLIFIED: &str = "\
    的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作\
    里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从\
    想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头\
    文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提\
    立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务\
    做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像\
    难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导\
    争运笔吧网您吗请谢欢迎输错误登录密码户字服客端连测试汉华京晨早晚朋友爱快乐息";
/// The same ideographs in their traditional form.
const TRADITIONAL: &str = "\
    的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作\
    裡用道行所然家種事成方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心她本前開但因只從\
    想實日軍者意無力它與長把機十民第公此已工使情明性知全三又關點正業外將兩高間由問很最重並物手應戰向頭\
    文體政美相見被利什二等產或新己制身果加西斯月話合回特代內信表化老給世位次度門任常先海通教兒原東聲提\
    立及比員解水名真論處走義各入幾口認條平系氣題活爾更別打女變四神總何電數安少報才結反受目太量再感建務\
    做接必場件計管期市直德資命山金指克許統區保至隊形社便空決治展馬科司五基眼書非則聽白卻界達光放強即像\
    難且權思王象完設式色路記南品住告類求據程北邊死張該交規萬取拉格望覺術領共確傳師觀清今切院讓識候帶導\
    爭運筆吧網您嗎請謝歡迎輸錯誤登錄密碼戶字服客端連測試漢華京晨早晚朋友愛快樂息";
/// The syllables that make up more than half of most Korean texts.
const SYLLABLES: &str = "\
    이다는에을의가고하한지를은로기사들어서도자나리인스시아라그정만해일있대장수전과제보게니러면여주조부상\
    소구원오것던었적까안우국중성마동연위음경무생공물와세선신학습방회문실년월때민교관발당통미역내말알반결\
    간명할영식입분단재운모거업야점배파치트르드크레비래심화요네됩않없저녕감용름설계출잘못버양왔후건님";

/// Returns whether the letters beyond ASCII are ideographs, most of them in `frequent`.
fn is_chinese(text: &str, frequent: &str) -> bool {
    wide_letters(text).is_some_and(|letters| {
        letters.iter().copied().all(is_ideograph) && are_frequent(&letters, frequent, 2)
    })
}

fn is_korean(text: &str) -> bool {
    wide_letters(text).is_some_and(|letters| {
        letters.iter().all(|char| ('가'..='힣').contains(char))
            && are_frequent(&letters, SYLLABLES, 3)
    })
}

/// Returns whether at least a third of the letters beyond ASCII are kana, and the others
/// ideographs.
fn is_japanese(text: &str) -> bool {
    let is_kana = |char: &char| matches!(char, 'ぁ'..='ん' | 'ァ'..='ヶ');
    wide_letters(text).is_some_and(|letters| {
        let kana = letters.iter().filter(|char| is_kana(char)).count();
        let is_letter = |char: &char| is_kana(char) || is_ideograph(*char);
        kana >= 3 && 3 * kana >= letters.len() && letters.iter().all(is_letter)
    })
}

fn is_ideograph(char: char) -> bool {
    matches!(char, '\u{4E00}'..='\u{9FFF}')
}

/// Returns whether half of the letters are in `frequent`; of four or fewer, all.
fn are_frequent(letters: &[char], frequent: &str, at_least: usize) -> bool {
    let count = letters.iter().filter(|&&char| frequent.contains(char));
    let needed = letters.len().div_ceil(2).max(letters.len().min(4));
    count.count() >= needed.max(at_least)
}

/// Returns the characters beyond ASCII without punctuation. Returns `None` if one stands between
/// two letters of ASCII, where it is probably an accented letter in another encoding.
fn wide_letters(text: &str) -> Option<Vec<char>> {
    let is_mark = |char: &char| "\u{3000}、。《》「」『』！？，：；（）·・“”…—ー".contains(*char);
    let chars: Vec<char> = text.chars().collect();
    let is_accented = |around: &[char]| {
        let [before, char, after] = [around[0], around[1], around[2]];
        before.is_ascii_alphabetic() && !char.is_ascii() && after.is_ascii_alphabetic()
    };
    let is_wide = |char: &char| !char.is_ascii() && !is_mark(char);
    (!chars.windows(3).any(is_accented)).then(|| chars.into_iter().filter(is_wide).collect())
}

/// Returns whether the words beyond ASCII have at least six letters, most of them frequent ones in
/// Russian, and can be spoken.
fn is_russian(text: &str) -> bool {
    let words = words(text).filter(|word| !word.is_ascii());
    let letters = text.chars().filter(|char| !char.is_ascii());
    let frequent = letters
        .clone()
        .filter(|&char| "оеаинтсрвлОЕАИНТСРВЛ".contains(char));
    let count = letters.clone().count();
    count >= 6
        && 3 * frequent.count() >= 2 * count
        && letters
            .clone()
            .all(|char| matches!(char, 'А'..='я' | 'Ё' | 'ё'))
        && words.clone().all(|word| is_cased(word) && is_spoken(word))
}

/// Returns whether signs stand behind the letters that they belong to, and vowels among consonants.
fn is_spoken(word: &str) -> bool {
    let is_vowel = |char: char| "аеёиоуыэюяАЕЁИОУЫЭЮЯ".contains(char);
    let letters: Vec<char> = word.chars().collect();
    let fits = |pair: &[char]| match pair[1] {
        'й' => is_vowel(pair[0]),
        'ь' | 'ъ' | 'ы' => !is_vowel(pair[0]),
        _ => true,
    };
    let vowels = |run: &[char]| run.iter().filter(|&&char| is_vowel(char)).count();
    !word.starts_with(['й', 'ь', 'ъ', 'ы'])
        && (letters.len() > 1 || "авикосуяАВИКОСУЯ".contains(word))
        && letters.windows(2).all(fits)
        && letters.windows(3).all(|run| vowels(run) < 3)
        && letters.windows(5).all(|run| vowels(run) > 0)
}

/// Returns whether the words beyond ASCII have at least six letters, and those letters that look
/// otherwise at the end of a word stand there alone.
fn is_hebrew(text: &str) -> bool {
    let is_hebrew = |char: &char| ('א'..='ת').contains(char);
    let is_placed = |word: &str| {
        let inner = word.strip_suffix(|_| true).unwrap_or_default();
        word.chars().all(|char| is_hebrew(&char))
            && !inner.contains(['ך', 'ם', 'ן', 'ף', 'ץ'])
            && !word.ends_with(['כ', 'מ', 'נ', 'צ'])
    };
    let mut letters = text.chars().filter(|char| !char.is_ascii());
    letters.clone().count() >= 6
        && letters.all(|char| is_hebrew(&char))
        && words(text).all(|word| word.is_ascii() || is_placed(word))
}

/// Returns whether some words have letters with accents that mean the same in most encodings of
/// Western and Central Europe. The others, such as `è`, are `č` or something else elsewhere.
fn is_western(text: &str) -> bool {
    let accented = text.chars().filter(|char| !char.is_ascii());
    let inner = words(text).flat_map(|word| word.chars().skip(1));
    let evidence = inner.filter(|&char| "äéöüß".contains(char)).count();
    let letters: Vec<char> = text.chars().collect();
    // The Polish `ński` in another encoding.
    let is_polish = |pair: &[char]| "aeiou".contains(pair[0]) && pair[1] == 'ä';
    let count = accented.clone().count();
    let letter_count = letters.iter().filter(|char| char.is_alphabetic()).count();
    evidence > 0
        && 2 * evidence >= count
        && 3 * count <= letter_count
        && accented
            .clone()
            .all(|char| "äéöüßÄÉÖÜàáâãåçêëíîïñóôú".contains(char))
        && !letters.windows(2).any(is_polish)
        && words(text).all(|word| word.is_ascii() || word.chars().count() > 2 && is_cased(word))
}

fn words(text: &str) -> impl Iterator<Item = &str> + Clone {
    let words = text.split(|char: char| !char.is_alphabetic());
    words.filter(|word| !word.is_empty())
}

/// Returns whether all letters but the first are in lower case.
fn is_cased(word: &str) -> bool {
    word.chars().skip(1).all(char::is_lowercase)
}
