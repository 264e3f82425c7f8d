"""Hosts that many companies share: where anybody can have a page, a shop or a site, a name says nothing of a company.

Chosen by hand from the private section of the Public Suffix List (publicsuffix.org, October 2026) and from where
companies without a site of their own have their pages. Not the whole section: half of it are names that registries
sell, such as `uk.com` or `com.de`, and companies have their own domains there.
"""

# The name itself, and whatever lies in it.
_HOSTS = """
    bandcamp.com bsky.app discord.com discord.gg douyin.com facebook.com fb.com fb.me fb.watch flickr.com
    instagr.am instagram.com kakao.com lin.ee line.me linkedin.com lnkd.in m.me mastodon.social messenger.com
    nextdoor.com ok.ru pin.it pinterest.com redd.it reddit.com snapchat.com soundcloud.com t.me telegram.me
    threads.com threads.net tiktok.com tumblr.com twitch.tv twitter.com viadeo.com vimeo.com vk.com wa.me
    weibo.com whatsapp.com x.com xiaohongshu.com xing.com youtu.be youtube.com
    about.me alibaba.com aliexpress.com angel.co apps.apple.com behance.net bitbucket.org buymeacoffee.com
    crunchbase.com dribbble.com ebay.com etsy.com exportersindia.com foursquare.com gelbeseiten.de github.com
    gitlab.com gofundme.com gumroad.com indiamart.com indiegogo.com issuu.com itunes.apple.com justdial.com
    kickstarter.com ko-fi.com made-in-china.com medium.com pagesjaunes.fr paginegialle.it patreon.com
    play.google.com sourceforge.net substack.com tradeindia.com tripadvisor.com wellfound.com wikipedia.org
    yell.com yellowpages.com yelp.com
    1drv.ms a.co adf.ly amzn.eu amzn.to bit.ly buff.ly clck.ru cutt.ly dlvr.it eepurl.com forms.gle g.page
    git.io goo.gl goo.su hubs.la hubs.li hubs.ly ift.tt is.gd j.mp mailchi.mp n9.cl ow.ly qr.ae rb.gy rebrand.ly
    s.id shorte.st shorturl.at spoti.fi surl.li t.co t.ly tiny.cc tiny.one tinyurl.com trib.al u.to v.gd vk.cc
    wp.me
    allmylinks.com beacons.ai bio.link bio.site campsite.bio carrd.co contactinbio.com crd.co direct.me drr.ac
    flow.page heylink.me hoo.be instabio.cc ju.mp komi.io linkfly.to linkin.bio linkpop.com linktr.ee
    linktree.com lnk.bio many.link milkshake.app msha.ke pillar.io shor.by solo.to stan.store tap.bio taplink.cc
    taplink.ws uwu.ai
    adobe.io adobeaemcloud.com aem.live aem.page amazonaws.com amazonaws.com.cn amazonlightsail.com
    amplifyapp.com app.goo.gl appspot.com awsapprunner.com awsapps.com azure-api.net azurecontainerapps.io
    azureedge.net azurefd.net azurestaticapps.net azurewebsites.net business.google.com business.site
    calendar.google.com classroom.google.com cloudapp.azure.com cloudapp.net cloudfront.net cloudfunctions.net
    docs.google.com drive.google.com elasticbeanstalk.com firebaseapp.com forms.google.com forms.office.com
    googleapis.com googlecode.com googleusercontent.com groups.google.com hlx.live hlx.page icloud-content.com
    maps.google.com myportfolio.com negocio.site on.aws onedrive.com onmicrosoft.com page.link plus.google.com
    powerappsportals.com run.app sharepoint.com sites.google.com trafficmanager.net ueniweb.com web.app
    windows.net withgoogle.com
    adalo.com angelfire.com apps-1and1.com apps-1and1.net atlassian.net b12sites.com base44.app bravesites.com
    bubbleapps.io canalblog.com canva.site cargo.site cargocollective.com clippings.me cloudforce.com coda.io
    craft.me crevado.com doodlekit.com durable.co e-monsite.com editorx.io eklablog.com emonsite.com fandom.com
    figma.site force.com framer.ai framer.app framer.media framer.photos framer.website framer.wiki
    geocities.com geocities.ws getresponsepages.com gitbook.io glide.page glideapp.io glideos.app
    godaddysites.com groovepages.com helpscoutdocs.com heyflow.site homestead.com hostingersite.com hs-sites.com
    hsforms.com hubspot-sites.com hubspotpagebuilder.com hubspotpreview.com intercom.help ionos.space
    jimdofree.com jimdosite.com jimdoweb.com journoportfolio.com jouwweb.nl jouwweb.site live-website.com
    lovable.app lovableproject.com lpages.co lpusercontent.com mailchimpsites.com mozello.com
    multiscreensite.com my.canva.site my.site.com myclickfunnels.com mystrikingly.com narod.ru notion.site
    notion.so oopy.io over-blog.com overblog.com pantheonsite.io pbworks.com readthedocs.io secureserver.net
    shutterfly.com simdif.com simplesite.com site123.me sitew.com sitew.fr softr.app sqsp.com square.site
    super.site tilda.cc tilda.ws tripod.com typedream.app ucoz.com ucoz.net ucoz.ru ukit.me umso.co
    unbouncepages.com unicornplatform.page viewbook.com webador.com webflow.io webs.com website.one
    websitebuilder.online weeblysite.com wikia.com wikidot.com wix.run wixsite.com wixstudio.com wixstudio.io
    wpcomstaging.com wpenginepowered.com yolasite.com zoho.site zohosites.com zohosites.eu zyrosite.com
    3dcart.com base.ec base.shop bigcartel.com booth.pm buyshop.jp company.site creator-spring.com doordash.com
    dukaan.io easy.co ecwid.store lojaintegrada.com.br lojavirtualnuvem.com.br mitiendanube.com
    mybigcommerce.com mydukaan.io myshopify.com myspreadshop.com myspreadshop.de mystore.no nuvemshop.com.br
    order.online payhip.com sellfy.store selz.com shift4shop.com shop.app shoparena.pl spreadshop.com
    storenvy.com sumup.link sumupstore.com teespring.com thebase.in theshop.jp tictail.com tiendanube.com
    toasttab.com vendecommerce.com wcomhost.com
    altervista.org ameblo.jp bearblog.dev beehiiv.com blog.163.com blog4ever.com buttondown.email ck.page
    cocolog-nifty.com fc2.com ghost.io hashnode.dev hateblo.jp hatenablog.com hatenablog.jp hatenadiary.com
    jugem.jp livedoor.jp livejournal.com mailerpage.com mataroa.blog note.com pixnet.net posthaven.com revue.co
    seesaa.net svbtle.com telegra.ph tistory.com typepad.com write.as xuite.net
    000webhostapp.com a2hosted.com akamaihd.net akamaized.net art.blog atwebpages.com awardspace.com
    bitbucket.io bolt.host bplaced.net business.blog byethost.com cleverapps.io cloudwaysapps.com codeberg.page
    codepen.dev codepen.io codesandbox.io cpanel.site cprapid.com csb.app ddns.net deno.dev
    digitaloceanspaces.com dreamhosters.com dscloud.me duckdns.org dyndns.org edgekey.net edgesuite.net
    epizy.com eu.org fastly.net fly.dev flywheelsites.com flywheelstaging.com food.blog freewebhostingarea.com
    github.io githubusercontent.com gitlab.io glitch.me gradio.live herokuapp.com hf.space home.blog hopto.org
    hstgr.cloud infinityfreeapp.com is-a.dev js.org jsfiddle.net kasserver.com kinsta.app kinsta.cloud
    kinsta.page koyeb.app lima-city.de linodeobjects.com loca.lt localtunnel.me mybluehost.me myfritz.net
    myftpupload.com myqnapcloud.com nekoweb.org neocities.org netlify.app ngrok-free.app ngrok-free.dev
    ngrok.app ngrok.dev ngrok.io nip.io no-ip.biz no-ip.com no-ip.org northflank.app now.sh ondigitalocean.app
    onrender.com pages.dev plesk.page pythonanywhere.com r2.dev railway.app repl.co repl.run replit.app
    replit.dev rf.gd scalingo.io serveo.net square7.ch srht.site sslip.io stackblitz.io strato-hosting.eu
    streamlit.app supabase.co surge.sh synology.me sytes.net tripod.co.uk trycloudflare.com ts.net uber.space
    user.fm v0.app v0.build vercel.app vercel.dev vultrobjects.com workers.dev zapto.org zeabur.app
    dropboxusercontent.com
"""
SHARED_HOSTS = frozenset(_HOSTS.split())

# Somebody's own name; what lies in it are customers' sites.
_BELOW = """
    bluehost.com booksy.com bubble.io builderall.com canva.com clickfunnels.com clover.com constantcontact.com
    convertkit.com duda.co dynamics.com ecwid.com format.com framer.com fresha.com freshdesk.com gitbook.com
    godaddy.com hostgator.com hubspot.com instapage.com ionos.com jotform.com kajabi.com kartra.com
    kit.com landen.co leadpages.co mailchimp.com mindbodyonline.com myspace.com netlify.com notion.com odoo.com
    one.com ontraport.com pagecloud.com photoshelter.com pixieset.com podia.com prestashop.com render.com
    sellfy.com shoper.pl shopify.com shopline.com shoplineapp.com sina.com.cn smugmug.com softr.io
    squarespace.com squareup.com statuspage.io stores.jp strato.de strikingly.com swipepages.co systeme.io
    teachable.com thinkific.com typeform.com unbounce.com vagaro.com volusion.com webflow.com
    weebly.com wix.com wordpress.com wpengine.com yola.com zendesk.com zenfolio.com
"""
SHARED_BELOW = frozenset(_BELOW.split())

# `acme.blogspot.com`, `acme.blogspot.co.uk`: the same house in many countries.
SHARED_UNDER_ANY_SUFFIX = frozenset({"blogspot", "myspreadshop", "spreadshop", "webnode", "jimdo"})
