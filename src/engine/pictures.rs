//! What a picture tells beside what it shows: where and when it was taken, by which device, whose it is. A photo of a broken lamp
//! should not tell where its owner lives, so that goes before the picture is kept. Nothing that is seen changes: colours, and which
//! way is up, stay.

use img_parts::jpeg::{Jpeg, markers};
use img_parts::png::Png;
use img_parts::riff::RiffContent;
use img_parts::webp::{CHUNK_EXIF, CHUNK_VP8X, CHUNK_XMP, WebP};
use img_parts::{Bytes, ImageEXIF};

/// The chunks of a PNG that tell something and show nothing.
const TELLING: [[u8; 4]; 5] = [*b"eXIf", *b"tEXt", *b"zTXt", *b"iTXt", *b"tIME"];

/// The bits of a WebP's header that say that EXIF and XMP follow.
const WEBP_TELLS: u8 = 0b0000_1100;

/// The tag of the way up, in EXIF.
const ORIENTATION: u16 = 0x0112;

/// Whether pictures of this kind may tell something.
pub(super) fn may_tell(media: &str) -> bool {
    matches!(media, "image/jpeg" | "image/png" | "image/webp")
}

/// A picture without what it tells; none where there is nothing to take out, or where it cannot be read: then it stays as it came.
pub(super) fn silenced(media: &str, picture: Vec<u8>) -> Option<Bytes> {
    let picture = Bytes::from(picture);
    let silent = match media {
        "image/jpeg" => jpeg(picture.clone()),
        "image/png" => png(picture.clone()),
        "image/webp" => webp(picture.clone()),
        _ => None,
    }?;
    (silent != picture).then_some(silent)
}

/// Of the application's segments only those that a picture looks different without. Other pictures that follow the first one
/// tell the same again, so they go too.
fn jpeg(picture: Bytes) -> Option<Bytes> {
    let mut jpeg = Jpeg::from_bytes(picture).ok()?;
    let way_up = jpeg.exif().and_then(|exif| orientation(&exif));
    jpeg.segments_mut().retain(|segment| match segment.marker() {
        markers::APP0 => segment.contents().starts_with(b"JFIF\0"),
        markers::APP2 => segment.contents().starts_with(b"ICC_PROFILE\0"),
        markers::APP14 => segment.contents().starts_with(b"Adobe"),
        markers::COM => false,
        marker => !(markers::APP0..=markers::APP15).contains(&marker),
    });
    if let Some(way_up) = way_up {
        jpeg.set_exif(Some(only_orientation(way_up)));
    }
    let silent = jpeg.encoder().bytes();
    let end = end_of_jpeg(&silent)?;
    Some(silent.slice(..end))
}

/// Where the first picture of a file ends.
fn end_of_jpeg(file: &[u8]) -> Option<usize> {
    let mut at = 2;
    loop {
        at += file.get(at..)?.iter().position(|byte| *byte == markers::P)?;
        match *file.get(at + 1)? {
            markers::EOI => return Some(at + 2),
            // A byte of the picture that looks like a mark, a mark without a length, or filling.
            markers::P => at += 1,
            markers::Z | 0x01 | markers::RST0..=markers::SOI => at += 2,
            _ => at += 2 + usize::from(u16::from_be_bytes(file.get(at + 2..at + 4)?.try_into().ok()?)),
        }
    }
}

fn png(picture: Bytes) -> Option<Bytes> {
    let mut png = Png::from_bytes(picture).ok()?;
    png.chunks_mut().retain(|chunk| !TELLING.contains(&chunk.kind()));
    Some(png.encoder().bytes())
}

fn webp(picture: Bytes) -> Option<Bytes> {
    let mut webp = WebP::from_bytes(picture).ok()?;
    webp.chunks_mut().retain(|chunk| ![CHUNK_EXIF, CHUNK_XMP].contains(&chunk.id()));
    for chunk in webp.chunks_mut().iter_mut().filter(|chunk| chunk.id() == CHUNK_VP8X) {
        if let RiffContent::Data(header) = chunk.content_mut() {
            let mut flags = header.to_vec();
            if let Some(first) = flags.first_mut() {
                *first &= !WEBP_TELLS;
            }
            *header = flags.into();
        }
    }
    Some(webp.encoder().bytes())
}

/// Which way is up, if EXIF says that it is not as the picture lies.
fn orientation(exif: &[u8]) -> Option<u16> {
    let little = exif.starts_with(b"II");
    let short = |at: usize| {
        let bytes: [u8; 2] = exif.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    };
    let bytes: [u8; 4] = exif.get(4..8)?.try_into().ok()?;
    let first = usize::try_from(if little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) }).ok()?;
    let entries = (0..usize::from(short(first)?)).map(|number| first + 2 + 12 * number);
    let mut found = entries.filter(|entry| short(*entry) == Some(ORIENTATION)).filter_map(|entry| short(entry + 8));
    found.next().filter(|way_up| (2..=8).contains(way_up))
}

/// EXIF that says which way is up and nothing else.
fn only_orientation(way_up: u16) -> Bytes {
    let mut exif = b"MM\0*\0\0\0\x08\0\x01".to_vec();
    exif.extend(ORIENTATION.to_be_bytes());
    exif.extend(b"\0\x03\0\0\0\x01");
    exif.extend(way_up.to_be_bytes());
    exif.extend([0; 6]);
    exif.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A grey picture of eight dots by eight, as a camera would write it without knowing anything.
    const GREY: &[u8] = b"\xff\xd8\xff\xdb\0C\0\x03\x02\x02\x03\x02\x02\x03\x03\x03\x03\x04\x03\x03\x04\x05\x08\x05\x05\x04\x04\x05\x0a\x07\x07\x06\x08\x0c\x0a\x0c\x0c\x0b\x0a\x0b\x0b\x0d\x0e\x12\x10\x0d\x0e\x11\x0e\x0b\x0b\x10\x16\x10\x11\x13\x14\x15\x15\x15\x0c\x0f\x17\x18\x16\x14\x18\x12\x14\x15\x14\xff\xc0\0\x0b\x08\0\x08\0\x08\x01\x01\x11\0\xff\xc4\0\x14\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x09\xff\xc4\0\x14\x10\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xff\xda\0\x08\x01\x01\0\0?\0T\xff\xd9";

    /// Where a photo was taken, as EXIF tells it: 37° 58′ N, with the camera on its side.
    fn with_place(little: bool) -> Vec<u8> {
        let short = |n: u16| if little { n.to_le_bytes() } else { n.to_be_bytes() };
        let long = |n: u32| if little { n.to_le_bytes() } else { n.to_be_bytes() };
        let mut exif = if little { b"II".to_vec() } else { b"MM".to_vec() };
        exif.extend(short(42));
        exif.extend(long(8));
        exif.extend(short(2));
        exif.extend([short(ORIENTATION), short(3)].concat());
        exif.extend([long(1).as_slice(), &short(6), &[0, 0]].concat());
        exif.extend([short(0x8825), short(4)].concat());
        exif.extend([long(1), long(38)].concat());
        exif.extend(long(0));
        exif.extend(short(2));
        exif.extend([short(1), short(2)].concat());
        exif.extend([long(2).as_slice(), b"N\0\0\0"].concat());
        exif.extend([short(2), short(5)].concat());
        exif.extend([long(3), long(68)].concat());
        exif.extend(long(0));
        exif.extend([37, 1, 58, 1, 0, 1].map(long).concat());
        exif
    }

    fn segment(marker: u8, contents: &[u8]) -> Vec<u8> {
        let length = u16::try_from(contents.len() + 2).unwrap().to_be_bytes();
        [&[0xff, marker], length.as_slice(), contents].concat()
    }

    /// A photo that tells all it can, and a second picture behind it that tells it again.
    fn photo(little: bool) -> Vec<u8> {
        let exif = segment(markers::APP1, &[b"Exif\0\0".as_slice(), &with_place(little)].concat());
        let told = [
            segment(markers::APP0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"),
            exif.clone(),
            segment(markers::APP1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>Elm Street</x:xmpmeta>"),
            segment(markers::APP2, b"ICC_PROFILE\0\x01\x01colours"),
            segment(markers::APP2, b"MPF\0"),
            segment(markers::APP13, b"Photoshop 3.0\08BIM Elm Street"),
            segment(markers::COM, b"Elm Street"),
        ];
        [&GREY[..2], &told.concat(), &GREY[2..], &GREY[..2], &exif, &GREY[2..]].concat()
    }

    fn holds(file: &[u8], part: &[u8]) -> bool {
        file.windows(part.len()).any(|window| window == part)
    }

    #[test]
    fn a_photo_tells_no_place_any_more_and_shows_the_same() {
        for little in [true, false] {
            let photo = photo(little);
            let place = &with_place(little)[38..];
            assert!(holds(&photo, place) && holds(&photo, b"Elm Street"));
            let silent = silenced("image/jpeg", photo).unwrap();
            assert!(!holds(&silent, place) && !holds(&silent, b"Elm Street") && !holds(&silent, b"MPF"));
            assert!(holds(&silent, b"ICC_PROFILE\0\x01\x01colours") && holds(&silent, b"JFIF"));
            assert!(silent.ends_with(&GREY[2..]) && silent.iter().filter(|byte| **byte == 0xd8).count() == 1);
            let exif = Jpeg::from_bytes(silent.clone()).unwrap().exif().unwrap();
            assert_eq!((orientation(&exif), exif.len()), (Some(6), 26), "it is on its side still");
            assert_eq!(silenced("image/jpeg", silent.to_vec()), None, "there is nothing more to take out");
        }
    }

    #[test]
    fn other_pictures_tell_nothing_either() {
        let mut png = Png::from_bytes(Bytes::from_static(b"\x89PNG\r\n\x1a\n\0\0\0\0IEND\xae\x42\x60\x82")).unwrap();
        let plain = png.clone().encoder().bytes();
        for kind in TELLING {
            png.chunks_mut().insert(0, img_parts::png::PngChunk::new(kind, Bytes::from_static(b"Elm Street")));
        }
        assert_eq!(silenced("image/png", png.encoder().bytes().to_vec()), Some(plain));

        let chunk = |id: &[u8; 4], data: &[u8]| {
            [id.as_slice(), &u32::try_from(data.len()).unwrap().to_le_bytes(), data].concat()
        };
        let webp = |flags: u8, more: &[u8]| {
            let header = chunk(b"VP8X", &[flags, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            chunk(b"RIFF", &[b"WEBP".as_slice(), &header, &chunk(b"VP8L", b"shown!"), more].concat())
        };
        let told = webp(0b0001_1100, &[chunk(b"EXIF", b"Elm Street"), chunk(b"XMP ", b"Elm Street")].concat());
        assert_eq!(silenced("image/webp", told), Some(webp(0b0001_0000, b"").into()));
    }

    #[test]
    fn what_cannot_be_read_stays_as_it_came() {
        let photo = photo(true);
        for media in ["image/jpeg", "image/png", "image/webp", "image/gif", "text/plain"] {
            assert_eq!(silenced(media, b"\xff\xd8\xff".to_vec()), None);
            assert_eq!(silenced(media, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec()), None);
            assert_eq!(silenced(media, b"RIFF\x04\0\0\0WEBP".to_vec()), None);
            for end in (0..photo.len()).step_by(7) {
                let _ = silenced(media, photo[..end].to_vec());
            }
        }
        let hostile = [b"II*\0".as_slice(), &[0xff; 8]].concat();
        assert_eq!(orientation(&hostile), None);
        assert_eq!(orientation(b"MM\0*\0\0\0\x08\xff\xff"), None);
    }
}
