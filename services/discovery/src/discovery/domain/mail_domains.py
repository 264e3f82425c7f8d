"""Domains whose mailboxes are anybody's: they say nothing about a company."""

_NAMES = """
    126.com 139.com 163.com 21cn.com aim.com aliyun.com alice.it aol.com arcor.de att.net bellsouth.net
    bigpond.com bk.ru bluewin.ch bol.com.br btinternet.com centrum.cz charter.net comcast.net cox.net
    daum.net disroot.org duck.com earthlink.net email.com email.cz fastmail.com fastmail.fm foxmail.com
    free.fr freenet.de gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.fr gmx.net googlemail.com
    hanmail.net hey.com hotmail.be hotmail.ca hotmail.co.jp hotmail.co.uk hotmail.com hotmail.com.br
    hotmail.de hotmail.es hotmail.fr hotmail.it hotmail.nl hushmail.com icloud.com ig.com.br inbox.com
    inbox.lv inbox.ru interia.pl juno.com keemail.me laposte.net libero.it list.ru live.be live.ca
    live.co.uk live.com live.com.au live.de live.fr live.it live.nl lycos.com mac.com mail.com mail.de
    mail.ee mail.ru mailbox.org mailinator.com me.com msn.com myself.com naver.com netscape.net nifty.com
    o2.pl onet.pl op.pl optonline.net optusnet.com.au orange.fr outlook.at outlook.be outlook.co.id
    outlook.com outlook.com.br outlook.de outlook.es outlook.fr outlook.in outlook.it outlook.jp
    pm.me posteo.de posteo.net prodigy.net.mx proton.me protonmail.ch protonmail.com qq.com rambler.ru
    rediffmail.com riseup.net rocketmail.com sapo.pt sbcglobal.net seznam.cz shaw.ca sina.cn
    sina.com skynet.be sohu.com sympatico.ca t-online.de talktalk.net telenet.be telus.net
    terra.com.br tiscali.it tuta.com tuta.io tutamail.com tutanota.com tutanota.de ukr.net uol.com.br
    verizon.net virgilio.it virginmedia.com voila.fr walla.co.il wanadoo.fr web.de windowslive.com wp.pl
    xtra.co.nz ya.ru yahoo.ca yahoo.cn yahoo.co.id yahoo.co.in yahoo.co.jp yahoo.co.kr yahoo.co.nz
    yahoo.co.th yahoo.co.uk yahoo.com yahoo.com.ar yahoo.com.au yahoo.com.br yahoo.com.cn yahoo.com.hk
    yahoo.com.mx yahoo.com.ph yahoo.com.sg yahoo.com.tr yahoo.com.tw yahoo.com.vn yahoo.de yahoo.dk
    yahoo.es yahoo.fr yahoo.gr yahoo.ie yahoo.in yahoo.it yahoo.nl yahoo.no yahoo.pl yahoo.ro yahoo.se
    yandex.by yandex.com yandex.kz yandex.ru yandex.ua yeah.net ymail.com ziggo.nl zohomail.com
    zoznam.sk
"""
PUBLIC_MAIL_DOMAINS = frozenset(_NAMES.split())
