/** Words for what the server names by a code: its settings, and the checks of the network. What has no word here is shown as
 * the server says it, in English. */
import { dictionary } from '../i18n';

const en = {
  'set.name': 'Name of this server', 'hint.name': 'Stands on the front page. Empty: none.',
  'set.welcome': 'A word of welcome', 'hint.welcome': 'Stands on the front page: whose server this is, whom to ask.',
  'set.rooms.open': 'Who may make rooms', 'hint.rooms.open': 'Rooms that are there stay open to whom they were.',
  'set.rooms.max': 'Rooms at most', 'hint.rooms.max': 'The next one is refused.',
  'set.rooms.max_participants': 'People in one room at most', 'hint.rooms.max_participants': 'The next one is told that the room is full. Who sits already stays.',
  'set.media.uplink': 'What the line upwards may carry, in kbit/s (0: no limit)', 'hint.media.uplink': 'Four fifths of what your line carries upwards. Voices then never wait behind pictures.',
  'set.media.profile': 'What a meeting may cost', 'hint.media.profile': 'For rooms that have no profile of their own. Frugal suits a line of 10 Mbit/s upwards, voices only one of 1 Mbit/s.',
  'set.files.quota': 'All files together, in MiB', 'hint.files.quota': 'Older versions and the trash count too. 0 allows no files.',
  'set.files.room_quota': 'Files of one room, in MiB', 'hint.files.room_quota': 'What is there already stays.',
  'set.files.drop_quota': 'Files behind one link, in MiB', 'hint.files.drop_quota': 'For each link of /f.',
  'set.files.member_quota': 'Files of one member, in MiB', 'hint.files.member_quota': 'Wherever they are.',
  'set.files.group_quota': 'Files of one group, in MiB', 'hint.files.group_quota': 'And of what all members share.',
  'set.files.floor': 'Of the disk stays free, in MiB', 'hint.files.floor': 'Below it uploads are refused; meetings go on.',
  'set.files.trash_days': 'Days in the trash', 'hint.files.trash_days': 'Then what was deleted is gone for good.',
  'set.files.drops': 'Who may share files behind a link', 'hint.files.drops': 'Without a room, under /f.',
  'set.files.meeting_rate': 'Transfers during a meeting, in kbit/s (0: no limit)', 'hint.files.meeting_rate': 'Never more than a fifth of the line. Between meetings nothing holds them up.',
  'set.files.quiet': 'Quiet hours', 'hint.files.quiet': 'Such as 02:00-05:00, in the server’s own time: when the trash is emptied and snapshots are made.',
  'set.pads.etherpad_key': 'Key of Etherpad’s API', 'hint.pads.etherpad_key': 'Programs that know it make pads of their own. 24 to 200 letters, digits, - and _.',
  'set.log.level': 'How much the log tells', 'hint.log.level': 'No names, words or addresses are in it, whatever you choose.',
  'choice.guest': 'everybody', 'choice.member': 'members', 'choice.admin': 'admins', 'choice.everyone': 'everybody', 'choice.nobody': 'nobody', 'choice.normal': 'normal', 'choice.frugal': 'frugal', 'choice.voice': 'voices only', 'choice.debug': 'everything', 'choice.info': 'what matters', 'choice.warn': 'warnings', 'choice.error': 'errors only',
  'group.front': 'The front page', 'group.rooms': 'Rooms', 'group.media': 'Meetings and the line', 'group.files': 'Files', 'group.other': 'Programs and log',
  'check.server': 'Server', 'check.server.ok': '', 'check.server.warn': '',
  'check.port': 'Port {what}', 'check.port.ok': '', 'check.port.warn': '', 'check.port.fail': '',
  'check.public-address': 'Public address', 'check.public-address.ok': '', 'check.public-address.warn': '', 'check.public-address.fail': '', 'check.public-address.unknown': '',
  'check.name': 'Name {what}', 'check.name.ok': '', 'check.name.warn': '', 'check.name.fail': '', 'check.name.unknown': '',
  'check.ipv6': 'IPv6', 'check.ipv6.ok': '', 'check.ipv6.warn': '',
  'check.udp': 'UDP and the NAT', 'check.udp.ok': '', 'check.udp.warn': '', 'check.udp.fail': '', 'check.udp.unknown': '',
  'check.turn': 'Relay', 'check.turn.ok': '', 'check.turn.fail': '', 'check.turn.unknown': '',
  'check.hairpin': 'The page by its public name, from inside', 'check.hairpin.ok': '', 'check.hairpin.warn': '', 'check.hairpin.fail': '', 'check.hairpin.unknown': '',
  'check.inside': 'The page by its name {what}', 'check.inside.ok': '', 'check.inside.fail': '', 'check.inside.unknown': '',
  'check.outside': 'The page from outside', 'check.outside.ok': '', 'check.outside.unknown': '',
  'check.certificate': 'Certificate', 'check.certificate.ok': '', 'check.certificate.warn': '', 'check.certificate.fail': '', 'check.certificate.unknown': '',
  'check.authority': 'Internal authority', 'check.authority.ok': '',
  'check.disk': 'Disk', 'check.disk.ok': '', 'check.disk.warn': '', 'check.disk.fail': '',
  'check.space': 'Free space', 'check.space.warn': '',
  'check.memory': 'Memory', 'check.memory.ok': '', 'check.memory.warn': '', 'check.memory.unknown': '',
  'check.cpu': 'Processor', 'check.cpu.ok': '', 'check.cpu.warn': '', 'check.cpu.unknown': '',
  'check.line': 'Line', 'check.line.ok': '', 'check.line.fail': '', 'check.line.unknown': '',
  'check.clock': 'Clock', 'check.clock.ok': '', 'check.clock.warn': '', 'check.clock.fail': '', 'check.clock.unknown': '',
};

const fr: Record<keyof typeof en, string> = {
  'set.name': 'Nom de ce serveur', 'hint.name': 'Figure sur la page d’accueil. Vide : aucun.',
  'set.welcome': 'Mot d’accueil', 'hint.welcome': 'Figure sur la page d’accueil : à qui est ce serveur, à qui s’adresser.',
  'set.rooms.open': 'Qui peut créer des salles', 'hint.rooms.open': 'Les salles existantes restent ouvertes comme avant.',
  'set.rooms.max': 'Nombre de salles au plus', 'hint.rooms.max': 'La suivante est refusée.',
  'set.rooms.max_participants': 'Personnes dans une salle au plus', 'hint.rooms.max_participants': 'La suivante apprend que la salle est complète. Qui est déjà à table y reste.',
  'set.media.uplink': 'Ce que la ligne montante peut porter, en kbit/s (0 : sans limite)', 'hint.media.uplink': 'Quatre cinquièmes de ce que porte votre ligne montante. Les voix n’attendent alors jamais derrière les images.',
  'set.media.profile': 'Ce qu’une réunion peut coûter', 'hint.media.profile': 'Pour les salles sans profil propre. « Frugal » convient à une ligne montante de 10 Mbit/s, « voix seules » à une ligne de 1 Mbit/s.',
  'set.files.quota': 'Tous les fichiers ensemble, en Mio', 'hint.files.quota': 'Les anciennes versions et la corbeille comptent aussi. 0 : aucun fichier.',
  'set.files.room_quota': 'Fichiers d’une salle, en Mio', 'hint.files.room_quota': 'Ce qui est déjà là reste.',
  'set.files.drop_quota': 'Fichiers derrière un lien, en Mio', 'hint.files.drop_quota': 'Pour chaque lien de /f.',
  'set.files.member_quota': 'Fichiers d’un membre, en Mio', 'hint.files.member_quota': 'Où qu’ils soient.',
  'set.files.group_quota': 'Fichiers d’un groupe, en Mio', 'hint.files.group_quota': 'Et de ce que tous les membres partagent.',
  'set.files.floor': 'Disque toujours libre, en Mio', 'hint.files.floor': 'En dessous, les envois sont refusés ; les réunions continuent.',
  'set.files.trash_days': 'Jours dans la corbeille', 'hint.files.trash_days': 'Ensuite, ce qui a été supprimé l’est pour de bon.',
  'set.files.drops': 'Qui peut partager des fichiers par un lien', 'hint.files.drops': 'Sans salle, sous /f.',
  'set.files.meeting_rate': 'Transferts pendant une réunion, en kbit/s (0 : sans limite)', 'hint.files.meeting_rate': 'Jamais plus d’un cinquième de la ligne. Hors réunion, rien ne les freine.',
  'set.files.quiet': 'Heures calmes', 'hint.files.quiet': 'Par exemple 02:00-05:00, à l’heure du serveur : la corbeille y est vidée et les instantanés y sont faits.',
  'set.pads.etherpad_key': 'Clé de l’API d’Etherpad', 'hint.pads.etherpad_key': 'Les programmes qui la connaissent créent leurs propres pads. 24 à 200 lettres, chiffres, - et _.',
  'set.log.level': 'Ce que dit le journal', 'hint.log.level': 'Ni noms, ni paroles, ni adresses n’y figurent, quel que soit ce choix.',
  'choice.guest': 'tout le monde', 'choice.member': 'les membres', 'choice.admin': 'les administrateurs', 'choice.everyone': 'tout le monde', 'choice.nobody': 'personne', 'choice.normal': 'normal', 'choice.frugal': 'frugal', 'choice.voice': 'voix seules', 'choice.debug': 'tout', 'choice.info': 'l’essentiel', 'choice.warn': 'les avertissements', 'choice.error': 'les erreurs seules',
  'group.front': 'La page d’accueil', 'group.rooms': 'Salles', 'group.media': 'Réunions et ligne', 'group.files': 'Fichiers', 'group.other': 'Programmes et journal',
  'check.server': 'Serveur', 'check.server.ok': 'il tourne.', 'check.server.warn': 'il ne tourne pas : presque tout ne se vérifie qu’alors.',
  'check.port': 'Port {what}', 'check.port.ok': 'il est ouvert.', 'check.port.warn': 'ce programme n’a pas le droit de l’ouvrir : lancez-le par systemd, ou donnez-lui ce droit.', 'check.port.fail': 'il ne peut pas être ouvert, ou un autre programme le tient. Arrêtez cet autre programme, ou choisissez un autre port.',
  'check.public-address': 'Adresse publique', 'check.public-address.ok': 'elle est connue.', 'check.public-address.warn': 'elle n’est pas connue. Indiquez-la dans media.addresses, ou permettez UPnP ou NAT-PMP dans la box.', 'check.public-address.fail': 'la box partage une adresse qui n’est pas publique : demandez à votre fournisseur une adresse à vous, ou utilisez IPv6.', 'check.public-address.unknown': 'personne ne l’a demandée, car ce serveur n’est pas public.',
  'check.name': 'Nom {what}', 'check.name.ok': 'il mène à ce serveur.', 'check.name.warn': 'il ne mène peut-être pas ici.', 'check.name.fail': 'il ne mène pas à ce serveur. Chez le fournisseur du nom, faites-le mener à votre adresse publique, ou laissez la box le tenir à jour (DynDNS).', 'check.name.unknown': 'il mène quelque part, mais l’adresse publique n’est pas connue.',
  'check.ipv6': 'IPv6', 'check.ipv6.ok': 'cette machine en a une adresse ; le pare-feu de la box doit laisser passer les ports de Tablée vers elle.', 'check.ipv6.warn': 'il n’y en a pas. Activez IPv6 dans la box : aucun renvoi de port n’est alors nécessaire.',
  'check.udp': 'UDP et la box', 'check.udp.ok': 'UDP passe.', 'check.udp.warn': 'UDP passe, mais la box change de port à chaque fois : renvoyez le port des réunions vers cette machine.', 'check.udp.fail': 'UDP ne sort pas : un pare-feu le bloque, et les réunions en ont besoin.', 'check.udp.unknown': 'cela se vérifie quand network.stun nomme un ou deux serveurs.',
  'check.turn': 'Relais', 'check.turn.ok': 'il relaie vers les réunions, et refuse tout le reste.', 'check.turn.fail': 'il ne répond pas : un autre programme tient son port, ou c’est une erreur de Tablée.', 'check.turn.unknown': 'il est éteint, ou le serveur ne tourne pas. Mettez turn.mode sur on si des invités viennent de réseaux qui ne laissent pas passer UDP.',
  'check.hairpin': 'La page par son nom public, depuis la maison', 'check.hairpin.ok': 'elle répond.', 'check.hairpin.warn': 'elle n’est pas joignable d’ici : la box ne ramène pas sa propre adresse vers l’intérieur, ou les ports ne sont pas renvoyés.', 'check.hairpin.fail': 'un autre répond à ce nom, sans doute la box elle-même.', 'check.hairpin.unknown': 'cela se vérifie quand le serveur tourne, avec un domaine ou https.',
  'check.inside': 'La page par son nom {what}', 'check.inside.ok': 'elle répond.', 'check.inside.fail': 'elle n’est pas joignable par ce nom, ou un autre programme y répond.', 'check.inside.unknown': 'cela se vérifie quand le serveur tourne.',
  'check.outside': 'La page depuis l’extérieur', 'check.outside.ok': 'quelqu’un est venu de l’extérieur depuis le démarrage.', 'check.outside.unknown': 'personne n’est encore venu de l’extérieur. Ouvrez la page sur un téléphone, Wi-Fi coupé, puis vérifiez à nouveau. Si elle ne s’ouvre pas, renvoyez les ports dans la box.',
  'check.certificate': 'Certificat', 'check.certificate.ok': 'il est valable.', 'check.certificate.warn': 'il demande votre attention : le nom doit mener à l’adresse publique, et les ports TCP 80 et 443 à cette machine.', 'check.certificate.fail': 'il n’est plus valable : le nom doit mener à l’adresse publique, et les ports TCP 80 et 443 à cette machine.', 'check.certificate.unknown': 'un autre programme s’occupe de https, ou le serveur ne tourne pas.',
  'check.authority': 'Autorité interne', 'check.authority.ok': 'les appareils apprennent à lui faire confiance sur la page /trust.',
  'check.disk': 'Disque', 'check.disk.ok': 'il écrit assez vite.', 'check.disk.warn': 'il est lent : une carte SD usée ou de mauvaise qualité fait cela. La discussion peut tarder, les réunions n’en souffrent pas.', 'check.disk.fail': 'rien ne peut y être écrit : le dossier de données doit appartenir à l’utilisateur du serveur, sur un disque où il reste de la place.',
  'check.space': 'Place libre', 'check.space.warn': 'il n’en reste presque plus. Faites de la place sur le disque du dossier de données.',
  'check.memory': 'Mémoire', 'check.memory.ok': 'il en reste assez.', 'check.memory.warn': 'il en reste peu. Arrêtez ce qui tourne d’autre ici, ou tenez des réunions plus petites.', 'check.memory.unknown': 'ce système ne le dit pas.',
  'check.cpu': 'Processeur', 'check.cpu.ok': 'il suffit.', 'check.cpu.warn': 'il est lent à chiffrer : comptez une quinzaine de personnes, avec peu d’images à la fois.', 'check.cpu.unknown': 'il n’a pas pu être mesuré.',
  'check.line': 'Ligne', 'check.line.ok': 'elle a été mesurée.', 'check.line.fail': 'le fichier de mesure ne peut pas être chargé.', 'check.line.unknown': 'son débit se mesure à la demande, par tablee doctor.',
  'check.clock': 'Horloge', 'check.clock.ok': 'elle est à l’heure.', 'check.clock.warn': 'elle n’est pas réglée par le réseau. Activez NTP, sinon les certificats et les liens peuvent sembler expirés.', 'check.clock.fail': 'elle est fausse. Réglez-la, ou activez NTP : les certificats en dépendent.', 'check.clock.unknown': 'ce système ne le dit pas.',
};

const word = dictionary(en, fr);
const find = (key: string, otherwise: string): string => (Object.hasOwn(en, key) ? word(key as keyof typeof en) : otherwise);

export const settingLabel = (name: string): string => find(`set.${name}`, name);
export const settingHint = (name: string, help: string): string => find(`hint.${name}`, help);
export const choiceText = (choice: string): string => find(`choice.${choice}`, choice);
export const groupText = (group: string): string => find(`group.${group}`, group);

/** Checks of which there are several have a name of ours behind their code: port-udp-…, name-meet.example. */
const family = (id: string): string => /^(port|name|inside)-/.exec(id)?.[1] ?? id;

export function checkTitle(id: string, title: string): string {
  const key = `check.${family(id)}`;
  return Object.hasOwn(en, key) ? word(key as keyof typeof en, { what: title.split(' ').pop() ?? '' }) : title;
}

/** What a check has found, in a sentence with what to do; '' in English, which the server speaks itself. */
export const checkText = (id: string, verdict: string): string => find(`check.${family(id)}.${verdict}`, '');
