"""Address books as other programs write them: shapes as they are, people invented."""

OUTLOOK_CSV = (
    '"First Name","Middle Name","Last Name","Company","Job Title","Business Street",'
    '"Business City","Business Postal Code","Business Country/Region","Home Street",'
    '"Business Fax","Business Phone","Home Phone","Mobile Phone","E-mail Address",'
    '"E-mail 2 Address","Web Page","Notes"\r\n'
    '"Jürgen","","Müßig","Käfer GmbH","Leiter","Hauptstr. 5","Berlin","10115","Germany","Privat 1",'
    '"030 23125009","030/2312 5001","","0171 3920012","j@kaefer.example","jm@home.example",'
    '"kaefer.example","Zeile 1\nZeile 2"\r\n'
    '"","","","Weiß AG","","","","","","","","+49 30 23125002","","","","","",""\r\n'
)
GOOGLE_CSV = (
    "First Name,Middle Name,Last Name,Organization Name,Organization Title,Notes,Labels,"
    "E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value,Phone 2 - Label,"
    "Phone 2 - Value,Address 1 - Label,Address 1 - Formatted,Address 1 - Street\n"
    "Mari,,Tamm,Puit OÜ,Juhataja,,* myContacts,* Work,mari@puit.example,Mobile,+372 5551 2345,"
    'Work,600 1234 ::: 600 1235,Work,"Tamme 1\nTallinn 10115",Tamme 1\n'
)
ICLOUD_VCARD = (
    "BEGIN:VCARD\r\nVERSION:3.0\r\nPRODID:-//Apple Inc.//iCloud Web Address Book 2117B3//EN\r\n"
    "N:Tamm;Mari;;;\r\nFN:Mari Tamm\r\nORG:Puit OÜ;\r\nTITLE:Juhataja\r\n"
    "TEL;type=CELL;type=VOICE;type=pref:+372 5551 2345\r\n"
    "item1.TEL:600 1234\r\nitem1.X-ABLabel:_$!<Work>!$_\r\n"
    "item2.ADR;type=pref:;;Tamme 1;Tallinn;;10115;Estonia\r\nitem2.X-ABADR:ee\r\n"
    "EMAIL;type=INTERNET;type=HOME;type=pref:mari@puit.example\r\n"
    "NOTE:Line one\\nLine two\\, with a comma\r\n"
    "PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQSkZJRgABAQAAAQABAAD/\r\n 2wBDAAMCAgICAgMCAgIDAwMDBAYEBA==\r\n"
    "UID:5f8b1c1e-icloud\r\nREV:2026-01-02T03:04:05Z\r\nEND:VCARD\r\n"
)
NEXTCLOUD_VCARD = (
    "BEGIN:VCARD\nVERSION:4.0\nPRODID:-//Sabre//Sabre VObject 4.5.4//EN\n"
    "UID:0b3f-nextcloud\nFN:Jürgen Müßig\nN:Müßig;Jürgen;;;\nORG:Käfer GmbH\n"
    'TEL;VALUE=uri;TYPE="voice,work":tel:+49-30-23125001\nTEL;TYPE=HOME,VOICE:030 23125007\n'
    "EMAIL;TYPE=WORK:j@kaefer.example\nEMAIL;TYPE=HOME:jm@home.example\n"
    "ADR;TYPE=WORK:;;Hauptstr. 5;Berlin;;10115;Germany\nURL:https://kaefer.example\n"
    "REV:20260102T030405Z\nEND:VCARD\n"
    "BEGIN:VCARD\nVERSION:4.0\nUID:0b3f-second\nKIND:org\nFN:Weiß AG\nORG:Weiß AG\n"
    "TEL:+493023125002\nEND:VCARD\n"
)
ANDROID_VCARD = (
    "BEGIN:VCARD\r\nVERSION:2.1\r\n"
    "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=4D=C3=A4=67=69;=4A=C3=BC=72=69;;;\r\n"
    "FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=4A=C3=BC=72=69=20=4D=C3=A4=67=69\r\n"
    "TEL;CELL:5551 2399\r\nTEL;WORK:6001299\r\nEND:VCARD\r\n"
)
